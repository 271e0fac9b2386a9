-- The setpoint's slope on every ramp. The last interval may be cut short by
-- the target. While the ramp waits for the heater (an event says so) the
-- slope may be lower, never higher.
WITH ramp AS (
	SELECT step, label, t_ns AS began, t_end_ns AS ended,
		json_extract(asked, '$.target_C') AS target,
		json_extract(asked, '$.rate_K_per_min') AS rate
	FROM v_step
	WHERE run = :run AND kind = 'ramp' AND outcome = 'done'
), waiting AS (
	SELECT t_ns AS since, coalesce((SELECT min(t_ns) FROM v_event g
		WHERE g.run = :run AND g.kind = 'ramp'
		AND g.text LIKE '%goes on' AND g.t_ns > e.t_ns),
		9e18) AS until
	FROM v_event e
	WHERE run = :run AND kind = 'ramp' AND text LIKE '%waits'
), point AS (
	SELECT r.*, p.t_ns AS t, p.value AS v,
		lead(p.t_ns) OVER w AS t2, lead(p.value) OVER w AS v2,
		lead(p.t_ns, 2) OVER w IS NULL AS last
	FROM ramp r JOIN v_setpoint p ON p.run = :run
		AND p.channel = 'heater' AND p.cause = 'step'
		AND p.t_ns BETWEEN r.began AND r.ended
	WINDOW w AS (PARTITION BY r.step ORDER BY p.t_ns)
), slope AS (
	SELECT *, abs(v2 - v) * 6e10 / (t2 - t) AS got
	FROM point
	WHERE t2 IS NOT NULL
)
SELECT 'slope' AS violation, step, label, v AS from_C, v2 AS to_C, got, rate
FROM slope
WHERE got > 1.01 * rate OR (got < 0.99 * rate AND NOT last
	AND NOT EXISTS (SELECT 1 FROM waiting
		WHERE since < slope.t2 AND until > slope.t))
UNION ALL
SELECT 'target', step, label, max(v), NULL, NULL, rate
FROM point WHERE t2 IS NULL AND v <> target GROUP BY step
UNION ALL
SELECT 'no setpoints', step, label, NULL, NULL, NULL, rate
FROM ramp WHERE step NOT IN (SELECT step FROM point);

-- The measured temperature in every hold, from its first moment in the band.
WITH hold AS (
	SELECT b.step, b.label, b.t_ns AS began, h.t_end_ns AS ended,
		json_extract(b.asked, '$.target_C') AS target,
		json_extract(b.asked, '$.band_K') AS band
	FROM v_step b JOIN v_step h ON h.run = b.run AND h.step =
		(SELECT min(step) FROM v_step n WHERE n.run = b.run
		AND n.kind = 'hold' AND n.step > b.step)
	WHERE b.run = :run AND b.kind = 'hold begin' AND h.outcome = 'done'
		AND json_extract(b.asked, '$.target_C') IS NOT NULL
), heater AS MATERIALIZED (
	SELECT t, value FROM v_reading_ns
	WHERE run = :run AND channel = 'heater'
), reading AS (
	SELECT h.*, r.t, r.value,
		coalesce(abs(r.value - h.target) <= h.band, 0) AS inside
	FROM hold h JOIN heater r ON r.t BETWEEN h.began AND h.ended
), since AS (
	SELECT *, min(CASE WHEN inside THEN t END)
		OVER (PARTITION BY step) AS reached
	FROM reading
)
SELECT 'out of band' AS violation, step, label, value, target, band,
	count(*) AS readings
FROM since WHERE NOT inside AND t > reached GROUP BY step
UNION ALL
SELECT 'never in band', step, label, NULL, target, band, NULL
FROM hold WHERE step NOT IN (SELECT step FROM since WHERE inside);

SELECT count(*) FILTER (WHERE kind = 'ramp') AS ramps,
	count(*) FILTER (WHERE kind = 'hold') AS holds,
	(SELECT count(*) FROM v_setpoint
		WHERE run = :run AND channel = 'heater') AS setpoints
FROM v_step WHERE run = :run AND outcome = 'done';
