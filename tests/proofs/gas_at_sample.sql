-- The flows of all gases at each image, one transit time before it began: the
-- newest reading of each then. Where nothing flowed, the gas is that of the
-- last flow, or none below 5 Torr.
WITH image AS MATERIALIZED (
	SELECT image, label, t_ns, transit_s, gas_inlet, gas_sample,
		pressure_Torr_begin AS p, flow_sccm_begin AS f,
		t_ns - cast(coalesce(transit_s, 0) * 1e9 AS INTEGER) AS then_ns
	FROM v_image WHERE run = :run AND ok
), flow AS MATERIALIZED (
	SELECT t, substr(channel, 5) AS gas, value FROM v_reading_ns
	WHERE run = :run AND channel LIKE 'gas.%'
), moment AS (
	SELECT i.image, (SELECT max(t) FROM flow WHERE t <= i.then_ns
		AND value > 0.05) AS t
	FROM image i
), share AS (
	SELECT m.image, f.gas, 100 * CASE WHEN f.value > 0.05 THEN f.value
		ELSE 0 END / sum(CASE WHEN f.value > 0.05 THEN f.value END)
		OVER (PARTITION BY m.image) AS percent
	FROM moment m JOIN flow f USING (t)
), said AS (
	SELECT i.*, s.gas, s.percent, CASE WHEN instr(' ' || i.gas_sample,
		' ' || s.gas || ' ') THEN cast(substr(i.gas_sample,
		instr(' ' || i.gas_sample, ' ' || s.gas || ' ')
		+ length(s.gas) + 1) AS REAL) ELSE 0 END AS named
	FROM image i JOIN share s USING (image)
)
SELECT 'gas at the sample' AS violation, image, label, gas, percent, named,
	gas_sample
FROM said WHERE p >= 5 AND NOT coalesce(abs(percent - named) <= 2, 0)
UNION ALL
SELECT 'not said to be vacuum', image, label, NULL, NULL, NULL, gas_sample
FROM image WHERE p < 5 AND gas_sample <> 'vacuum'
UNION ALL
SELECT 'pressure not known', image, label, NULL, NULL, NULL, gas_sample
FROM image WHERE p IS NULL;

-- The transit time is that of the holder's formula, at this pressure and flow.
WITH image AS (
	SELECT image, label, transit_s, pressure_Torr_begin * 1.33322368 AS p,
		flow_sccm_begin AS f
	FROM v_image WHERE run = :run AND ok AND flow_sccm_begin > 0.02
		AND pressure_Torr_begin >= 5
), formula AS (
	SELECT *, 6.38112 + p * 7.73936 / (41.0706 + 1184.39 * f
		- 2288.09 * f * f + 2533.44 * f * f * f) AS s
	FROM image
)
SELECT 'transit' AS violation, image, label, transit_s, s
FROM formula WHERE NOT coalesce(abs(transit_s - s) <= 0.1 * s + 1, 0);

SELECT gas_sample, count(*) AS images, round(min(transit_s), 1) AS transit_s,
	round(max(transit_s), 1) AS to_s
FROM v_image WHERE run = :run GROUP BY gas_sample;
