-- Every setpoint was in the log before it was sent, was sent, has an answer,
-- and was read back afterwards, in this order.
SELECT CASE WHEN sent_ns IS NULL THEN 'not sent'
	WHEN answered_ns IS NULL THEN 'not answered'
	WHEN sent_ns < t_ns OR answered_ns < sent_ns
		OR readback_ns < answered_ns THEN 'order'
	ELSE 'refused' END AS violation, id, t, channel, value, source, answer
FROM v_setpoint
WHERE run = :run AND NOT coalesce(answer = 'ok' AND sent_ns >= t_ns
	AND answered_ns >= sent_ns
	AND coalesce(readback_ns >= answered_ns, 1), 0);

-- The cause exists: the step that was under way, the command of an operator,
-- the trip of an interlock.
WITH cause AS (
	SELECT p.*, cast(p.source AS INTEGER) AS number FROM v_setpoint p
	WHERE p.run = :run
)
SELECT 'cause' AS violation, id, t, channel, value, cause, source
FROM cause p
WHERE NOT CASE cause
	WHEN 'step' THEN EXISTS (SELECT 1 FROM v_step s WHERE s.run = :run
		AND s.step = p.number AND p.source = s.step || ' ' || s.label
		AND s.t_ns <= p.t_ns
		AND coalesce(s.t_end_ns, p.t_ns) >= p.t_ns)
	WHEN 'operator' THEN EXISTS (SELECT 1 FROM v_command c
		WHERE c.session = p.session AND c.t_ns = p.t_ns
		AND c.outcome = 'ok' AND p.source = c.user || ': ' || c.verb)
	WHEN 'interlock' THEN EXISTS (SELECT 1 FROM v_event e
		WHERE e.session = p.session AND e.kind = 'trip'
		AND e.t_ns <= p.t_ns
		AND substr(e.text, 1, length(p.source)) = p.source)
	WHEN 'start' THEN 1
	ELSE 0 END;

-- The instrument has what it was told: read back, unless a newer setpoint of
-- the same channel came before that.
WITH p AS (
	SELECT *, lead(t_ns) OVER (PARTITION BY session, channel
		ORDER BY t_ns, id) AS superseded
	FROM v_setpoint WHERE run = :run
)
SELECT 'read-back' AS violation, id, t, channel, value, readback
FROM p
WHERE (readback_ns IS NOT NULL AND NOT coalesce(abs(readback - value)
	<= 0.001 * abs(value) + 0.05, 0))
	OR (readback_ns IS NULL AND superseded IS NULL
	AND EXISTS (SELECT 1 FROM v_setpoint r WHERE r.channel = p.channel
		AND r.readback_ns IS NOT NULL)
	AND EXISTS (SELECT 1 FROM v_run r WHERE r.run = :run
		AND r.t_end_ns > p.t_ns + 5000000000));

SELECT cause, count(*) AS setpoints, count(DISTINCT source) AS sources,
	count(readback_ns) AS read_back
FROM v_setpoint WHERE run = :run GROUP BY cause;
