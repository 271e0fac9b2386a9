-- Each cycle that was done has its record, with a fill and a base as asked.
WITH cycle AS (
	SELECT step, label, t_ns AS began, t_end_ns AS ended,
		json_extract(asked, '$.cycle') AS cycle,
		json_extract(asked, '$.gauge') AS gauge,
		json_extract(asked, '$.fill_Torr') AS fill,
		json_extract(asked, '$.base_Torr') AS base
	FROM v_step
	WHERE run = :run AND kind = 'purge pumped' AND outcome = 'done'
)
SELECT CASE WHEN p.step IS NULL THEN 'no record'
	WHEN NOT p.ok THEN 'not ok'
	WHEN p.gauge <> c.gauge THEN 'another gauge'
	WHEN NOT coalesce(p.base_Torr <= c.base, 0) THEN 'base'
	ELSE 'fill' END AS violation,
	c.step, c.label, p.fill_Torr, p.base_Torr
FROM cycle c LEFT JOIN v_purge p ON p.run = :run AND p.step = c.step
	AND p.cycle = c.cycle
WHERE NOT coalesce(p.ok AND p.gauge = c.gauge AND p.base_Torr <= c.base
	AND p.fill_Torr >= 0.95 * c.fill, 0);

-- The base is what the gauge read then, at most three periods before, and the
-- gauge tells pressures apart that are a tenth of the base: its smallest step
-- in the minute before.
WITH record AS MATERIALIZED (
	SELECT v.step, v.cycle, v.gauge, v.base_Torr, v.t_ns,
		3 * c.period_ns + 1000000 AS oldest
	FROM v_purge v LEFT JOIN v_channel c ON c.channel = v.gauge
		AND c.session = (SELECT session FROM v_run WHERE run = :run)
	WHERE v.run = :run AND v.cycle > 0
), reading AS (
	SELECT r.step, r.cycle, r.base_Torr, r.t_ns, g.t, g.value,
		abs(g.value - lag(g.value) OVER (PARTITION BY r.step
			ORDER BY g.t)) AS moved
	FROM record r JOIN v_reading_ns g ON g.run = :run
		AND g.channel = r.gauge
		AND g.t BETWEEN r.t_ns - 60000000000 AND r.t_ns
), judged AS (
	SELECT step, cycle, base_Torr, min(CASE WHEN moved > 0
		THEN moved END) AS resolves, max(t) AS t,
		(SELECT value FROM reading n
		WHERE n.step = r.step ORDER BY n.t DESC LIMIT 1) AS newest
	FROM reading r GROUP BY step
)
SELECT CASE WHEN NOT coalesce(r.t_ns - j.t <= r.oldest, 0)
		THEN 'gauge was not read'
	WHEN j.newest IS NOT r.base_Torr THEN 'not what the gauge read'
	ELSE 'gauge does not resolve it' END AS violation,
	r.step, r.cycle, r.base_Torr, j.newest, j.resolves
FROM record r LEFT JOIN judged j USING (step)
WHERE NOT coalesce(r.t_ns - j.t <= r.oldest AND j.newest = r.base_Torr
	AND j.resolves <= 0.1 * r.base_Torr, 0);

-- The residual fraction is the product of base / fill, and small enough.
WITH cycles AS (
	SELECT s.step, s.cycles, s.residual, s.ok,
		json_extract(v.asked, '$.residual_max') AS allowed,
		(SELECT min(step) FROM v_step b WHERE b.run = :run
			AND b.kind = 'purge end' AND b.step >= s.step) AS last,
		coalesce((SELECT max(step) FROM v_step b WHERE b.run = :run
			AND b.kind = 'purge end' AND b.step < s.step), 0)
			AS before
	FROM v_purge s JOIN v_step v ON v.run = s.run AND v.step = s.step
	WHERE s.run = :run AND s.cycle = 0
), product AS (
	SELECT c.*, exp(sum(ln(p.base_Torr / p.fill_Torr))) AS fraction,
		count(*) AS n
	FROM cycles c JOIN v_purge p ON p.run = :run AND p.cycle > 0
		AND p.step > c.before AND p.step < c.step
	GROUP BY c.step
)
SELECT 'residual' AS violation, step, n, cycles, fraction, residual, allowed
FROM product
WHERE NOT coalesce(ok AND n = cycles AND residual <= allowed
	AND abs(fraction - residual) <= 1e-9 * residual, 0);

SELECT count(*) FILTER (WHERE cycle > 0) AS cycles,
	count(*) FILTER (WHERE cycle = 0) AS purges,
	max(base_Torr) AS highest_base_Torr,
	min(CASE WHEN cycle > 0 THEN fill_Torr END) AS lowest_fill_Torr,
	max(CASE WHEN cycle = 0 THEN residual END) AS residual
FROM v_purge WHERE run = :run;
