-- Time between two readings counts when both are in the band, not more than
-- three periods apart, and the run was not paused or held; extensions by the
-- operator are asked for as well.
WITH hold AS (
	SELECT b.step, b.label, b.t_ns AS began, h.t_end_ns AS ended,
		json_extract(b.asked, '$.target_C') AS target,
		json_extract(b.asked, '$.band_K') AS band,
		json_extract(b.asked, '$.duration_s') + coalesce(
			(SELECT sum(json_extract(c.args, '$.duration_s'))
			FROM v_command c WHERE c.run = :run
			AND c.verb = 'extend' AND c.outcome = 'ok'
			AND c.t_ns BETWEEN b.t_ns AND h.t_end_ns), 0) AS asked
	FROM v_step b JOIN v_step h ON h.run = b.run AND h.step =
		(SELECT min(step) FROM v_step n WHERE n.run = b.run
		AND n.kind = 'hold' AND n.step > b.step)
	WHERE b.run = :run AND b.kind = 'hold begin' AND h.outcome = 'done'
), state AS (
	SELECT state, t_ns AS since, lead(t_ns, 1, 9223372036854775807)
		OVER (ORDER BY t_ns, seq) AS until
	FROM v_state
), halted AS MATERIALIZED (
	SELECT since, until FROM state
	WHERE state IN ('paused', 'held') AND until > since
), heater AS MATERIALIZED (
	SELECT t, value FROM v_reading_ns
	WHERE run = :run AND channel = 'heater'
), period AS (
	SELECT period_ns AS p FROM v_channel WHERE channel = 'heater'
		AND session = (SELECT session FROM v_run WHERE run = :run)
), reading AS (
	SELECT h.*, r.t, NOT EXISTS (SELECT 1 FROM halted
			WHERE r.t > since AND r.t <= until)
		AND coalesce(h.target IS NULL
			OR abs(r.value - h.target) <= h.band, 0) AS counts
	FROM hold h JOIN heater r ON r.t BETWEEN h.began AND h.ended
), pair AS (
	SELECT *, lag(t) OVER w AS before, lag(counts) OVER w AS counted
	FROM reading
	WINDOW w AS (PARTITION BY step ORDER BY t)
), soaked AS (
	SELECT step, label, asked, sum(CASE WHEN counts AND counted
		AND t - before <= 3 * (SELECT p FROM period) + 1000000
		THEN t - before ELSE 0 END) / 1e9 AS s
	FROM pair GROUP BY step
)
SELECT 'too short' AS violation, h.step, h.label, s.s AS soaked_s, h.asked
FROM hold h LEFT JOIN soaked s USING (step)
-- A plain wait has no readings of its own: it ends between two of them.
WHERE coalesce(s.s, 0) < h.asked
	- CASE WHEN h.target IS NULL THEN 1 ELSE 1e-6 END;

SELECT count(*) AS holds,
	sum(json_extract(asked, '$.duration_s')) AS asked_s
FROM v_step WHERE run = :run AND kind = 'hold' AND outcome = 'done';
