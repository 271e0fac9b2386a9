-- The flows of all gases at each image, one transit time before it began. Each
-- controller is read at its own times: its flow at a moment is the newest
-- reading at or before it, and no older than three periods. Where nothing
-- flowed, the gas is that of the last flow, or none below 5 Torr.
WITH image AS MATERIALIZED (
	SELECT image, label, t_ns, transit_s, gas_inlet, gas_sample,
		pressure_Torr_begin AS p, flow_sccm_begin AS f,
		t_ns - cast(coalesce(transit_s, 0) * 1e9 AS INTEGER) AS then_ns
	FROM v_image WHERE run = :run AND ok
), flow AS MATERIALIZED (
	SELECT t, substr(channel, 5) AS gas, value FROM v_reading_ns
	WHERE run = :run AND channel LIKE 'gas.%'
), gas AS MATERIALIZED (
	SELECT substr(channel, 5) AS gas, period_ns AS p FROM v_channel
	WHERE session = (SELECT session FROM v_run WHERE run = :run)
		AND channel LIKE 'gas.%'
), moment AS (
	SELECT i.image, (SELECT max(t) FROM flow WHERE t <= i.then_ns
		AND value > 0.05) AS t
	FROM image i
), last AS (
	-- Whether it flowed or not: was it known?
	SELECT i.image, g.gas, (SELECT f.value IS NOT NULL
		AND i.then_ns - f.t <= 3 * g.p + 1000000 FROM flow f
		WHERE f.gas = g.gas AND f.t <= i.then_ns
		ORDER BY f.t DESC LIMIT 1) AS known
	FROM image i CROSS JOIN gas g
), newest AS (
	SELECT m.image, g.gas, (SELECT value FROM flow f WHERE f.gas = g.gas
		AND f.t BETWEEN m.t - 3 * g.p - 1000000 AND m.t
		ORDER BY f.t DESC LIMIT 1) AS value
	FROM moment m CROSS JOIN gas g
), share AS (
	SELECT image, gas, value, 100 * CASE WHEN value > 0.05 THEN value
		ELSE 0 END / sum(CASE WHEN value > 0.05 THEN value END)
		OVER (PARTITION BY image) AS percent
	FROM newest
), said AS (
	SELECT i.*, s.gas, s.value, s.percent, CASE WHEN instr(' ' || i.gas_sample,
		' ' || s.gas || ' ') THEN cast(substr(i.gas_sample,
		instr(' ' || i.gas_sample, ' ' || s.gas || ' ')
		+ length(s.gas) + 1) AS REAL) ELSE 0 END AS named
	FROM image i JOIN share s USING (image)
)
SELECT 'gas at the sample' AS violation, image, label, gas, percent, named,
	gas_sample
FROM said WHERE p >= 5 AND NOT coalesce(abs(percent - named) <= 2, 0)
UNION ALL
SELECT 'a flow was not known', image, label, gas, percent, named, gas_sample
FROM said JOIN last USING (image, gas)
WHERE p >= 5 AND (value IS NULL OR known IS NOT 1)
UNION ALL
SELECT 'no flow before it', image, label, NULL, NULL, NULL, gas_sample
FROM image WHERE p >= 5 AND image NOT IN (SELECT image FROM said)
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
