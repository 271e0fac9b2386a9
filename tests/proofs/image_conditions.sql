-- The conditions of each image against the readings: at its beginning, at its
-- end, and the lowest, highest and mean of those between. An exposure begins a
-- little after it was asked for and its frame comes a little after it ended,
-- so one reading more on either side may be in the extremes.
WITH said AS MATERIALIZED (
	SELECT image, label, t_ns, t_end_ns, t_blank_ns, 'heater' AS channel,
		temperature_C_begin AS b, temperature_C_end AS e,
		temperature_C_min AS low, temperature_C_max AS high,
		temperature_C_mean AS mean
	FROM v_image WHERE run = :run AND ok
	UNION ALL SELECT image, label, t_ns, t_end_ns, t_blank_ns,
		'cell_pressure', pressure_Torr_begin,
		pressure_Torr_end, pressure_Torr_min, pressure_Torr_max,
		pressure_Torr_mean FROM v_image WHERE run = :run AND ok
	UNION ALL SELECT image, label, t_ns, t_end_ns, t_blank_ns,
		'cell_flow', flow_sccm_begin, flow_sccm_end,
		flow_sccm_min, flow_sccm_max, flow_sccm_mean
	FROM v_image WHERE run = :run AND ok
	UNION ALL SELECT image, label, t_ns, t_end_ns, t_blank_ns,
		'heater.power', heater_power_mW_begin,
		heater_power_mW_end, heater_power_mW_min,
		heater_power_mW_max, heater_power_mW_mean
	FROM v_image WHERE run = :run AND ok
), reading AS MATERIALIZED (
	SELECT s.image, s.channel, s.t_ns, s.t_end_ns, s.b, s.e, r.t, r.value,
		lead(r.t, 1, 9223372036854775807)
		OVER (PARTITION BY s.image, s.channel ORDER BY r.t) AS until
	FROM said s JOIN v_reading_ns r ON r.run = :run
		AND r.channel = s.channel
		AND r.t BETWEEN s.t_ns - 3000000000 AND s.t_blank_ns
), seen AS (
	SELECT image, channel,
		min(value) AS low, max(value) AS high,
		min(value) FILTER (WHERE t > t_ns AND t <= t_end_ns)
			AS inner_low,
		max(value) FILTER (WHERE t > t_ns AND t <= t_end_ns)
			AS inner_high,
		count(*) FILTER (WHERE value = b AND t <= t_ns + 1000)
			AS begins,
		count(*) FILTER (WHERE value = e AND until >= t_end_ns)
			AS ends
	FROM reading WHERE until > t_ns
	GROUP BY image, channel
)
SELECT CASE WHEN n.image IS NULL THEN 'no readings'
	WHEN NOT n.begins THEN 'begin' WHEN NOT n.ends THEN 'end'
	WHEN NOT coalesce(abs(s.mean - (s.low + s.high) / 2)
		<= (s.high - s.low) / 2 + 1e-9 * abs(s.mean), 0) THEN 'mean'
	ELSE 'extremes' END AS violation,
	s.image, s.label, s.channel, s.b, s.e, s.low, s.high, s.mean,
	n.low AS lowest, n.high AS highest
FROM said s LEFT JOIN seen n USING (image, channel)
WHERE NOT coalesce(n.begins AND n.ends
	AND abs(s.mean - (s.low + s.high) / 2)
		<= (s.high - s.low) / 2 + 1e-9 * abs(s.mean)
	AND s.low >= n.low AND s.high <= n.high
	AND s.low <= coalesce(n.inner_low, s.low)
	AND s.high >= coalesce(n.inner_high, s.high), 0);

-- Each image that the plan has was taken, or its failure is in the log.
SELECT 'image missing' AS violation, s.step, s.label,
	json_extract(s.asked, '$.count') AS wanted, count(i.image) AS taken
FROM v_step s LEFT JOIN v_image i ON i.run = s.run AND i.step = s.step
WHERE s.run = :run AND s.kind = 'image' AND s.outcome = 'done'
GROUP BY s.step HAVING count(i.image) <> wanted;

SELECT count(*) AS images, count(*) FILTER (WHERE NOT ok) AS failed,
	min(temperature_C_mean) AS from_C, max(temperature_C_mean) AS to_C
FROM v_image WHERE run = :run;
