-- The conditions of each image, exactly: from the newest readings when the
-- frame was asked for (the beam had just been read back on) to the newest when
-- it had come (the beam is blanked then). Channels are read at their own times:
-- the value at a moment is the newest reading at or before it, and no older
-- than three periods.
WITH beam AS MATERIALIZED (
	SELECT t FROM v_reading_ns
	WHERE run = :run AND channel = 'beam' AND value = 1
), switch AS MATERIALIZED (
	SELECT t_ns, answered_ns, value FROM v_setpoint
	WHERE run = :run AND channel = 'beam'
), image AS MATERIALIZED (
	SELECT i.*, (SELECT min(t) FROM beam WHERE t >= (SELECT answered_ns
			FROM switch WHERE value = 1 AND t_ns = t_unblank_ns))
			AS asked_ns,
		(SELECT min(t_ns) FROM switch s
			WHERE s.value = 0 AND s.t_ns >= i.t_end_ns) AS came_ns
	FROM v_image i WHERE run = :run AND ok
), said AS MATERIALIZED (
	SELECT image, label, t_ns, t_end_ns, asked_ns, came_ns,
		'heater' AS channel,
		temperature_C_begin AS b, temperature_C_end AS e,
		temperature_C_min AS low, temperature_C_max AS high,
		temperature_C_mean AS mean FROM image
	UNION ALL SELECT image, label, t_ns, t_end_ns, asked_ns, came_ns,
		'cell_pressure', pressure_Torr_begin, pressure_Torr_end,
		pressure_Torr_min, pressure_Torr_max, pressure_Torr_mean
	FROM image
	UNION ALL SELECT image, label, t_ns, t_end_ns, asked_ns, came_ns,
		'cell_flow', flow_sccm_begin, flow_sccm_end, flow_sccm_min,
		flow_sccm_max, flow_sccm_mean FROM image
	UNION ALL SELECT image, label, t_ns, t_end_ns, asked_ns, came_ns,
		'heater.power', heater_power_mW_begin, heater_power_mW_end,
		heater_power_mW_min, heater_power_mW_max, heater_power_mW_mean
	FROM image
), period AS MATERIALIZED (
	SELECT channel, period_ns AS p FROM v_channel
	WHERE session = (SELECT session FROM v_run WHERE run = :run)
), near AS MATERIALIZED (
	SELECT s.image, s.channel, s.asked_ns, s.came_ns, p.p, r.t, r.value
	FROM said s JOIN period p USING (channel) JOIN v_reading_ns r
		ON r.run = :run AND r.channel = s.channel
		AND r.t BETWEEN s.asked_ns - 3 * p.p - 1000000
		AND s.came_ns
), first AS (
	SELECT image, channel, max(t) AS t FROM near
	WHERE t <= asked_ns GROUP BY image, channel
), seen AS (
	SELECT n.*, f.t AS t_first, lead(n.t, 1, n.came_ns)
		OVER (PARTITION BY n.image, n.channel ORDER BY n.t) AS next
	FROM near n JOIN first f USING (image, channel) WHERE n.t >= f.t
), truth AS (
	SELECT image, channel, min(value) AS low, max(value) AS high,
		avg(value) AS mean, max(next - t) > 3 * p + 1000000 AS looked_away,
		max(CASE WHEN t = t_first THEN value END) AS b,
		max(CASE WHEN next = came_ns THEN value END) AS e
	FROM seen GROUP BY image, channel
)
SELECT CASE WHEN s.asked_ns IS NULL OR s.came_ns IS NULL
		OR s.asked_ns > s.t_ns THEN 'not between its readings'
	WHEN n.image IS NULL THEN 'no readings'
	WHEN n.looked_away THEN 'a reading is too old'
	WHEN s.b IS NOT n.b THEN 'begin' WHEN s.e IS NOT n.e THEN 'end'
	WHEN s.low IS NOT n.low OR s.high IS NOT n.high THEN 'extremes'
	ELSE 'mean' END AS violation,
	s.image, s.label, s.channel, s.b, n.b AS true_b, s.e, n.e AS true_e,
	s.low, s.high, n.low AS lowest, n.high AS highest,
	s.mean, n.mean AS true_mean
FROM said s LEFT JOIN truth n USING (image, channel)
WHERE NOT coalesce(s.asked_ns <= s.t_ns AND NOT n.looked_away
	AND s.b = n.b AND s.e = n.e AND s.low = n.low AND s.high = n.high
	AND abs(s.mean - n.mean) <= 1e-9 * abs(n.mean), 0);

-- Each image that the plan has was taken, or its failure is in the log.
SELECT 'image missing' AS violation, s.step, s.label,
	json_extract(s.asked, '$.count') AS wanted, count(i.image) AS taken
FROM v_step s LEFT JOIN v_image i ON i.run = s.run AND i.step = s.step
WHERE s.run = :run AND s.kind = 'image' AND s.outcome = 'done'
GROUP BY s.step HAVING count(i.image) <> wanted;

SELECT count(*) AS images, count(*) FILTER (WHERE NOT ok) AS failed,
	min(temperature_C_mean) AS from_C, max(temperature_C_mean) AS to_C
FROM v_image WHERE run = :run;
