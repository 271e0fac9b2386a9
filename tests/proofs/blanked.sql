-- The beam as read back. It may be on from the unblanking of an image to the
-- read-back of its blanking, and between steps that switch it on and off.
WITH allowed AS MATERIALIZED (
	SELECT t_unblank_ns AS since, t_blank_ns AS until FROM v_image
	WHERE run = :run
	UNION ALL
	SELECT a.t_ns, coalesce((SELECT min(b.t_end_ns) FROM v_step b
		WHERE b.run = :run AND b.step > a.step
		AND json_extract(b.asked, '$.beam') = 0), a.t_ns)
	FROM v_step a
	WHERE a.run = :run AND a.t_ns IS NOT NULL
		AND json_extract(a.asked, '$.beam') = 1
), beam AS MATERIALIZED (
	SELECT t, value, quality, lag(t) OVER (ORDER BY t) AS before
	FROM v_reading_ns WHERE run = :run AND channel = 'beam'
), period AS (
	SELECT period_ns AS p FROM v_channel WHERE channel = 'beam'
		AND session = (SELECT session FROM v_run WHERE run = :run)
), exposure AS MATERIALIZED (
	SELECT t_ns AS since, t_end_ns AS until FROM v_image
	WHERE run = :run AND ok
), unseen AS (
	-- While it exposes a frame a microscope may answer nothing else.
	SELECT t, t - before - coalesce((SELECT sum(min(t, until)
		- max(before, since)) FROM exposure
		WHERE since < t AND until > before), 0) AS gap
	FROM beam
)
SELECT CASE WHEN value IS NULL THEN 'not read back' ELSE 'on' END
	AS violation, t, value
FROM beam WHERE coalesce(value, 1) <> 0 AND NOT EXISTS
	(SELECT 1 FROM allowed WHERE beam.t BETWEEN since AND until)
UNION ALL
SELECT 'not looked at', t, gap / 1e9
FROM unseen WHERE NOT coalesce(gap <= 3 * (SELECT p FROM period) + 1000000,
	gap IS NULL)
UNION ALL
SELECT 'never looked at', NULL, NULL
WHERE NOT EXISTS (SELECT 1 FROM beam);

-- During an exposure it was on.
SELECT 'image without beam' AS violation, image, label
FROM v_image i
WHERE run = :run AND ok AND NOT EXISTS (SELECT 1 FROM v_reading_ns b
	WHERE b.run = :run AND b.channel = 'beam' AND b.value = 1
	AND b.t BETWEEN i.t_unblank_ns AND i.t_blank_ns);

SELECT count(*) AS images, sum(beam_on_s) AS beam_on_images_s,
	(SELECT sum(value * (t - before)) / 1e9 FROM (SELECT value, t,
		lag(t) OVER (ORDER BY t) AS before FROM v_reading_ns
		WHERE run = :run AND channel = 'beam')) AS beam_read_on_s
FROM v_image WHERE run = :run;
