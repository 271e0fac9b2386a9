-- A log as version 1 of its tables has it, written by gascelld 0.1.0: one
-- short run, with most of its readings left out.
PRAGMA application_id = 1735617639;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE channel(channel INTEGER PRIMARY KEY, layout INTEGER NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL, quantity TEXT NOT NULL) STRICT;
INSERT INTO "channel" VALUES(1,1,0,'heater','°C','temperature');
INSERT INTO "channel" VALUES(2,1,1,'heater.setpoint','°C','temperature');
INSERT INTO "channel" VALUES(3,1,2,'heater.power','mW','power');
INSERT INTO "channel" VALUES(4,1,3,'heater.resistance','Ω','resistance');
INSERT INTO "channel" VALUES(5,1,4,'heater.voltage','V','voltage');
INSERT INTO "channel" VALUES(6,1,5,'heater.current','mA','current');
INSERT INTO "channel" VALUES(7,1,6,'heater.output','','switch');
INSERT INTO "channel" VALUES(8,2,0,'gas.H2','sccm','flow');
INSERT INTO "channel" VALUES(9,2,1,'gas.N2','sccm','flow');
INSERT INTO "channel" VALUES(10,2,2,'gas.Ar','sccm','flow');
INSERT INTO "channel" VALUES(11,2,3,'gas.NH3','sccm','flow');
INSERT INTO "channel" VALUES(12,2,4,'gas.O2','sccm','flow');
INSERT INTO "channel" VALUES(13,2,5,'gasbox.h2_setpoint','sccm','flow');
INSERT INTO "channel" VALUES(14,2,6,'gasbox.n2_setpoint','sccm','flow');
INSERT INTO "channel" VALUES(15,2,7,'gasbox.ar_setpoint','sccm','flow');
INSERT INTO "channel" VALUES(16,2,8,'gasbox.nh3_setpoint','sccm','flow');
INSERT INTO "channel" VALUES(17,2,9,'gasbox.o2_setpoint','sccm','flow');
INSERT INTO "channel" VALUES(18,2,10,'valve.H2','','switch');
INSERT INTO "channel" VALUES(19,2,11,'valve.N2','','switch');
INSERT INTO "channel" VALUES(20,2,12,'valve.Ar','','switch');
INSERT INTO "channel" VALUES(21,2,13,'valve.NH3','','switch');
INSERT INTO "channel" VALUES(22,2,14,'valve.O2','','switch');
INSERT INTO "channel" VALUES(23,2,15,'valve.supply','','switch');
INSERT INTO "channel" VALUES(24,2,16,'valve.inlet','','switch');
INSERT INTO "channel" VALUES(25,2,17,'valve.outlet','','switch');
INSERT INTO "channel" VALUES(26,2,18,'valve.bypass','','switch');
INSERT INTO "channel" VALUES(27,2,19,'valve.pump','','switch');
INSERT INTO "channel" VALUES(28,2,20,'pump','','switch');
INSERT INTO "channel" VALUES(29,2,21,'inlet_pressure','Torr','pressure');
INSERT INTO "channel" VALUES(30,2,22,'gasbox.inlet_setpoint','Torr','pressure');
INSERT INTO "channel" VALUES(31,2,23,'outlet_pressure','Torr','pressure');
INSERT INTO "channel" VALUES(32,2,24,'gasbox.outlet_setpoint','Torr','pressure');
INSERT INTO "channel" VALUES(33,2,25,'cell_pressure','Torr','pressure');
INSERT INTO "channel" VALUES(34,2,26,'cell_flow','sccm','flow');
INSERT INTO "channel" VALUES(35,3,0,'beam','','switch');
INSERT INTO "channel" VALUES(36,3,1,'column_vacuum','Torr','pressure');
INSERT INTO "channel" VALUES(37,3,2,'column_valves','','switch');
INSERT INTO "channel" VALUES(38,3,3,'camera','','number');
INSERT INTO "channel" VALUES(39,3,4,'microscope.exposing','','switch');
CREATE TABLE command(session INTEGER NOT NULL, id INTEGER NOT NULL, run INTEGER, t INTEGER NOT NULL, verb TEXT NOT NULL, args TEXT NOT NULL, user TEXT NOT NULL, program TEXT NOT NULL, outcome TEXT NOT NULL, PRIMARY KEY (session, id)) STRICT, WITHOUT ROWID;
INSERT INTO "command" VALUES(1,1,1,1767225600100000001,'start','{"recipe":"Wait","run":1,"parameters":{}}','script','gascelld simulate','ok');
CREATE TABLE document(document INTEGER PRIMARY KEY, hash INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
INSERT INTO "document" VALUES(1,702035115474348652,'site: old');
INSERT INTO "document" VALUES(2,8370579163758698939,'recipe: Wait
steps:
  - wait: 1 s
');
INSERT INTO "document" VALUES(3,645223143103797797,'{}');
CREATE TABLE event(session INTEGER NOT NULL, seq INTEGER NOT NULL, run INTEGER, t INTEGER NOT NULL, severity TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (session, seq)) STRICT, WITHOUT ROWID;
INSERT INTO "event" VALUES(1,2,NULL,1767225600000000000,'info','start','start: making everything safe');
INSERT INTO "event" VALUES(1,44,NULL,1767225600100000000,'info','safe','everything was read back safe');
CREATE TABLE gap(session INTEGER NOT NULL, seq INTEGER NOT NULL, run INTEGER, layout INTEGER NOT NULL, t_from INTEGER NOT NULL, t_to INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (session, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE image(run INTEGER NOT NULL, image INTEGER NOT NULL, step INTEGER NOT NULL, label TEXT NOT NULL, file TEXT NOT NULL, ok INTEGER NOT NULL, t_begin INTEGER NOT NULL, t_end INTEGER NOT NULL, t_unblank INTEGER NOT NULL, t_blank INTEGER NOT NULL, gas_inlet TEXT NOT NULL, gas_sample TEXT NOT NULL, transit_s REAL, temperature_begin REAL, temperature_end REAL, temperature_min REAL, temperature_max REAL, temperature_mean REAL, pressure_begin REAL, pressure_end REAL, pressure_min REAL, pressure_max REAL, pressure_mean REAL, flow_begin REAL, flow_end REAL, flow_min REAL, flow_max REAL, flow_mean REAL, power_begin REAL, power_end REAL, power_min REAL, power_max REAL, power_mean REAL, PRIMARY KEY (run, image)) STRICT, WITHOUT ROWID;
CREATE TABLE layout(layout INTEGER PRIMARY KEY, instrument TEXT NOT NULL, declaration TEXT NOT NULL, UNIQUE (instrument, declaration)) STRICT;
INSERT INTO "layout" VALUES(1,'heater','heater	°C	temperature
heater.setpoint	°C	temperature
heater.power	mW	power
heater.resistance	Ω	resistance
heater.voltage	V	voltage
heater.current	mA	current
heater.output		switch
');
INSERT INTO "layout" VALUES(2,'gasbox','gas.H2	sccm	flow
gas.N2	sccm	flow
gas.Ar	sccm	flow
gas.NH3	sccm	flow
gas.O2	sccm	flow
gasbox.h2_setpoint	sccm	flow
gasbox.n2_setpoint	sccm	flow
gasbox.ar_setpoint	sccm	flow
gasbox.nh3_setpoint	sccm	flow
gasbox.o2_setpoint	sccm	flow
valve.H2		switch
valve.N2		switch
valve.Ar		switch
valve.NH3		switch
valve.O2		switch
valve.supply		switch
valve.inlet		switch
valve.outlet		switch
valve.bypass		switch
valve.pump		switch
pump		switch
inlet_pressure	Torr	pressure
gasbox.inlet_setpoint	Torr	pressure
outlet_pressure	Torr	pressure
gasbox.outlet_setpoint	Torr	pressure
cell_pressure	Torr	pressure
cell_flow	sccm	flow
');
INSERT INTO "layout" VALUES(3,'microscope','beam		switch
column_vacuum	Torr	pressure
column_valves		switch
camera		number
microscope.exposing		switch
');
CREATE TABLE purge(session INTEGER NOT NULL, seq INTEGER NOT NULL, run INTEGER NOT NULL, t INTEGER NOT NULL, step INTEGER NOT NULL, cycle INTEGER NOT NULL, cycles INTEGER NOT NULL, gauge INTEGER NOT NULL, fill REAL, base REAL, residual REAL, ok INTEGER NOT NULL, PRIMARY KEY (run, session, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE run(run INTEGER PRIMARY KEY, session INTEGER NOT NULL, seq INTEGER NOT NULL, began INTEGER NOT NULL, ended INTEGER, state TEXT NOT NULL, reason TEXT NOT NULL, recipe TEXT NOT NULL, label TEXT NOT NULL, parameters TEXT NOT NULL, seed INTEGER NOT NULL, text INTEGER NOT NULL, includes INTEGER NOT NULL) STRICT;
INSERT INTO "run" VALUES(1,1,47,1767225600100000001,1767225601100000001,'complete','','Wait','','{}',1,2,3);
CREATE TABLE run_number(last INTEGER NOT NULL) STRICT;
INSERT INTO "run_number" VALUES(1);
CREATE TABLE sample_1(t INTEGER PRIMARY KEY, bad INTEGER NOT NULL, v0 REAL, v1 REAL, v2 REAL, v3 REAL, v4 REAL, v5 REAL, v6 REAL) STRICT;
INSERT INTO "sample_1" VALUES(1767225600000000000,0,2.05563147516220610109e+01,21.0,1.5891e-05,158.681911390012,1.58795914742750282969e-03,1.00071843949785851263e-02,0.0);
INSERT INTO "sample_1" VALUES(1767225600100000000,0,20.5502822274051,21.0,1.5891e-05,1.58974622926818426544e+02,1.58942308179102292052e-03,9.9979673015025156274e-03,0.0);
CREATE TABLE sample_2(t INTEGER PRIMARY KEY, bad INTEGER NOT NULL, v0 REAL, v1 REAL, v2 REAL, v3 REAL, v4 REAL, v5 REAL, v6 REAL, v7 REAL, v8 REAL, v9 REAL, v10 REAL, v11 REAL, v12 REAL, v13 REAL, v14 REAL, v15 REAL, v16 REAL, v17 REAL, v18 REAL, v19 REAL, v20 REAL, v21 REAL, v22 REAL, v23 REAL, v24 REAL, v25 REAL, v26 REAL) STRICT;
INSERT INTO "sample_2" VALUES(1767225600000000009,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,759.765625,0.0,760.009765625,0.0,758.7890625,0.0);
INSERT INTO "sample_2" VALUES(1767225600500000001,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,760.009765625,0.0,760.25390625,0.0,758.7890625,0.0);
CREATE TABLE sample_3(t INTEGER PRIMARY KEY, bad INTEGER NOT NULL, v0 REAL, v1 REAL, v2 REAL, v3 REAL, v4 REAL) STRICT;
INSERT INTO "sample_3" VALUES(1767225600000000010,0,0.0,1.00869619684104767139e-07,1.0,0.0,0.0);
INSERT INTO "sample_3" VALUES(1767225600500000002,0,0.0,1.01720686213023519346e-07,1.0,0.0,0.0);
CREATE TABLE seen(session INTEGER NOT NULL, seq INTEGER NOT NULL, t INTEGER NOT NULL, type INTEGER NOT NULL, a INTEGER NOT NULL, c INTEGER NOT NULL, d INTEGER NOT NULL, x INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (session, seq)) STRICT, WITHOUT ROWID;
INSERT INTO "seen" VALUES(1,1,1767225600000000000,100,1767225600000000000,0,0,0,'');
INSERT INTO "seen" VALUES(1,28,1767225600000000001,2,1,0,1,0,'');
INSERT INTO "seen" VALUES(1,29,1767225600000000002,2,2,0,1,0,'');
INSERT INTO "seen" VALUES(1,30,1767225600000000003,2,3,0,1,0,'');
INSERT INTO "seen" VALUES(1,31,1767225600000000004,2,4,0,1,0,'');
INSERT INTO "seen" VALUES(1,32,1767225600000000005,2,5,0,1,0,'');
INSERT INTO "seen" VALUES(1,33,1767225600000000006,2,6,0,1,0,'');
INSERT INTO "seen" VALUES(1,34,1767225600000000007,2,7,0,1,0,'');
INSERT INTO "seen" VALUES(1,35,1767225600000000008,2,8,0,1,0,'');
INSERT INTO "seen" VALUES(1,46,1767225600100000001,4,256,1,0,0,'{"file":"r.yaml","text":"recipe: Wait\nsteps:\n  - wait: 1 s\n","parameters":{},"includes":{},"include_files":{}}');
CREATE TABLE session(session INTEGER PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER, version TEXT NOT NULL, config INTEGER NOT NULL, seed INTEGER NOT NULL, interrupted INTEGER NOT NULL) STRICT;
INSERT INTO "session" VALUES(1,0,1767225606100000000,'0.1.0',1,1,0);
CREATE TABLE setpoint(session INTEGER NOT NULL, id INTEGER NOT NULL, seq INTEGER NOT NULL, run INTEGER, t INTEGER NOT NULL, channel INTEGER NOT NULL, value REAL, cause TEXT NOT NULL, source TEXT NOT NULL, safe INTEGER NOT NULL, sent INTEGER, answered INTEGER, answer TEXT, readback_t INTEGER, readback REAL, PRIMARY KEY (session, id)) STRICT, WITHOUT ROWID;
INSERT INTO "setpoint" VALUES(1,1,3,NULL,1767225600000000000,7,0.0,'start','start',1,1767225600000000000,1767225600000000000,'ok',1767225600100000000,0.0);
INSERT INTO "setpoint" VALUES(1,2,4,NULL,1767225600000000000,35,0.0,'start','start',1,1767225600000000000,1767225600000000000,'ok',1767225600000000010,0.0);
INSERT INTO "setpoint" VALUES(1,3,5,NULL,1767225600000000000,18,0.0,'start','start',1,1767225600000000000,1767225600000000000,'ok',1767225600000000009,0.0);
INSERT INTO "setpoint" VALUES(1,4,6,NULL,1767225600000000000,21,0.0,'start','start',1,1767225600000000000,1767225600000000000,'ok',1767225600000000009,0.0);
INSERT INTO "setpoint" VALUES(1,5,7,NULL,1767225600000000000,22,0.0,'start','start',1,1767225600000000000,1767225600000000000,'ok',1767225600000000009,0.0);
INSERT INTO "setpoint" VALUES(1,6,8,NULL,1767225600000000000,8,0.0,'start','start',1,1767225600000000000,1767225600000000000,'ok',1767225600000000009,0.0);
INSERT INTO "setpoint" VALUES(1,7,9,NULL,1767225600000000000,11,0.0,'start','start',1,1767225600000000000,1767225600000000000,'ok',1767225600000000009,0.0);
INSERT INTO "setpoint" VALUES(1,8,10,NULL,1767225600000000000,12,0.0,'start','start',1,1767225600000000000,1767225600000000000,'ok',1767225600000000009,0.0);
CREATE TABLE state(session INTEGER NOT NULL, seq INTEGER NOT NULL, run INTEGER, t INTEGER NOT NULL, state TEXT NOT NULL, level TEXT NOT NULL, latched INTEGER NOT NULL, PRIMARY KEY (session, seq)) STRICT, WITHOUT ROWID;
INSERT INTO "state" VALUES(1,11,NULL,1767225600000000000,'idle','cool',1);
INSERT INTO "state" VALUES(1,45,NULL,1767225600100000000,'idle','run',0);
INSERT INTO "state" VALUES(1,50,1,1767225600100000001,'running','run',0);
INSERT INTO "state" VALUES(1,55,NULL,1767225601100000001,'complete','run',0);
CREATE TABLE step(run INTEGER NOT NULL, step INTEGER NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL, line INTEGER NOT NULL, began INTEGER, ended INTEGER, outcome TEXT, text TEXT, asked TEXT NOT NULL DEFAULT '{}', PRIMARY KEY (run, step)) STRICT, WITHOUT ROWID;
INSERT INTO "step" VALUES(1,1,'wait','wait 1 s',3,1767225600100000001,1767225601100000001,'done','','{"lasting_s":1,"within_s":301}');
CREATE INDEX document_hash ON document(hash);
CREATE INDEX channel_layout ON channel(layout, place);
CREATE INDEX setpoint_run ON setpoint(run);
CREATE INDEX event_run ON event(run);
CREATE VIEW v_run AS SELECT run, recipe, parameters, strftime('%Y-%m-%dT%H:%M:%S',began/1000000000,'unixepoch')||printf('.%06dZ',began/1000%1000000) AS started, strftime('%Y-%m-%dT%H:%M:%S',ended/1000000000,'unixepoch')||printf('.%06dZ',ended/1000%1000000) AS ended, state, reason, label, session, seed, (SELECT body FROM document d WHERE d.document = r.text) AS text, (SELECT body FROM document d WHERE d.document = r.includes) AS includes, began AS t_ns, ended AS t_end_ns FROM run r;
CREATE VIEW v_step AS SELECT run, step, kind, label, strftime('%Y-%m-%dT%H:%M:%S',began/1000000000,'unixepoch')||printf('.%06dZ',began/1000%1000000) AS began, strftime('%Y-%m-%dT%H:%M:%S',ended/1000000000,'unixepoch')||printf('.%06dZ',ended/1000%1000000) AS ended, outcome, text, line, asked, began AS t_ns, ended AS t_end_ns FROM step;
CREATE VIEW v_event AS SELECT run, strftime('%Y-%m-%dT%H:%M:%S',t/1000000000,'unixepoch')||printf('.%06dZ',t/1000%1000000) AS t, severity, kind, text, session, seq, t AS t_ns FROM event;
CREATE VIEW v_state AS SELECT run, strftime('%Y-%m-%dT%H:%M:%S',t/1000000000,'unixepoch')||printf('.%06dZ',t/1000%1000000) AS t, state, level, latched, session, seq, t AS t_ns FROM state;
CREATE VIEW v_command AS SELECT run, strftime('%Y-%m-%dT%H:%M:%S',t/1000000000,'unixepoch')||printf('.%06dZ',t/1000%1000000) AS t, id, verb, args, user, program, outcome, session, t AS t_ns FROM command;
CREATE VIEW v_gap AS SELECT run, strftime('%Y-%m-%dT%H:%M:%S',t_from/1000000000,'unixepoch')||printf('.%06dZ',t_from/1000%1000000) AS t_from, strftime('%Y-%m-%dT%H:%M:%S',t_to/1000000000,'unixepoch')||printf('.%06dZ',t_to/1000%1000000) AS t_to, instrument, reason, session, seq, t_from AS t_ns, t_to AS t_end_ns FROM gap LEFT JOIN layout USING (layout);
CREATE VIEW v_setpoint AS SELECT s.run, strftime('%Y-%m-%dT%H:%M:%S',s.t/1000000000,'unixepoch')||printf('.%06dZ',s.t/1000%1000000) AS t, c.name AS channel, s.value, c.unit, s.cause, strftime('%Y-%m-%dT%H:%M:%S',s.sent/1000000000,'unixepoch')||printf('.%06dZ',s.sent/1000%1000000) AS sent, strftime('%Y-%m-%dT%H:%M:%S',s.answered/1000000000,'unixepoch')||printf('.%06dZ',s.answered/1000%1000000) AS answered, s.readback, s.source, CASE WHEN s.answer IS NULL AND (SELECT e.ended IS NOT NULL OR e.session < (SELECT max(session) FROM session) FROM session e WHERE e.session = s.session) THEN 'unknown' ELSE s.answer END AS answer, s.safe, s.id, s.session, s.seq, s.t AS t_ns, s.sent AS sent_ns, s.answered AS answered_ns, s.readback_t AS readback_ns FROM setpoint s LEFT JOIN channel c USING (channel);
CREATE VIEW v_purge AS SELECT p.run, p.step, p.cycle, p.cycles, strftime('%Y-%m-%dT%H:%M:%S',p.t/1000000000,'unixepoch')||printf('.%06dZ',p.t/1000%1000000) AS t, c.name AS gauge, p.fill AS fill_Torr, p.base AS base_Torr, p.residual, p.ok, p.session, p.seq, p.t AS t_ns FROM purge p LEFT JOIN channel c ON c.channel = p.gauge;
CREATE VIEW v_image AS SELECT run, step, label, file, strftime('%Y-%m-%dT%H:%M:%S',t_begin/1000000000,'unixepoch')||printf('.%06dZ',t_begin/1000%1000000) AS t_begin, strftime('%Y-%m-%dT%H:%M:%S',t_end/1000000000,'unixepoch')||printf('.%06dZ',t_end/1000%1000000) AS t_end, temperature_begin AS temperature_C_begin, temperature_end AS temperature_C_end, temperature_min AS temperature_C_min, temperature_max AS temperature_C_max, temperature_mean AS temperature_C_mean, pressure_begin AS pressure_Torr_begin, pressure_end AS pressure_Torr_end, pressure_min AS pressure_Torr_min, pressure_max AS pressure_Torr_max, pressure_mean AS pressure_Torr_mean, flow_begin AS flow_sccm_begin, flow_end AS flow_sccm_end, flow_min AS flow_sccm_min, flow_max AS flow_sccm_max, flow_mean AS flow_sccm_mean, power_begin AS heater_power_mW_begin, power_end AS heater_power_mW_end, power_min AS heater_power_mW_min, power_max AS heater_power_mW_max, power_mean AS heater_power_mW_mean, gas_inlet, gas_sample, CASE WHEN t_unblank > 0 THEN (t_blank - t_unblank) / 1e9 END AS beam_on_s, image, ok, transit_s, step AS step_number, t_begin AS t_ns, t_end AS t_end_ns, t_unblank AS t_unblank_ns, t_blank AS t_blank_ns FROM image;
CREATE VIEW v_span AS SELECT run, began AS t_first, coalesce(ended, 9223372036854775807) AS t_last FROM run UNION ALL SELECT NULL, coalesce((SELECT b.ended + 1 FROM run b WHERE b.run < a.run ORDER BY b.run DESC LIMIT 1), -9223372036854775807), a.began - 1 FROM run a UNION ALL SELECT NULL, coalesce((SELECT ended + 1 FROM run ORDER BY run DESC LIMIT 1), -9223372036854775807), 9223372036854775807 WHERE NOT EXISTS (SELECT 1 FROM run WHERE ended IS NULL);
CREATE VIEW v_reading AS SELECT run, strftime('%Y-%m-%dT%H:%M:%S',ns/1000000000,'unixepoch')||printf('.%06dZ',ns/1000%1000000) AS t, channel, value, unit, CASE WHEN value IS NULL OR bad >> place & 1 THEN 'bad' ELSE 'good' END AS quality, ns AS t_ns FROM (SELECT p.run, s.t AS ns, c.name AS channel, c.unit, c.place, s.bad, CASE c.place WHEN 0 THEN s.v0 WHEN 1 THEN s.v1 WHEN 2 THEN s.v2 WHEN 3 THEN s.v3 WHEN 4 THEN s.v4 WHEN 5 THEN s.v5 WHEN 6 THEN s.v6 END AS value FROM v_span p CROSS JOIN channel c CROSS JOIN sample_1 s WHERE c.layout = 1 AND s.t BETWEEN p.t_first AND p.t_last) UNION ALL SELECT run, strftime('%Y-%m-%dT%H:%M:%S',ns/1000000000,'unixepoch')||printf('.%06dZ',ns/1000%1000000) AS t, channel, value, unit, CASE WHEN value IS NULL OR bad >> place & 1 THEN 'bad' ELSE 'good' END AS quality, ns AS t_ns FROM (SELECT p.run, s.t AS ns, c.name AS channel, c.unit, c.place, s.bad, CASE c.place WHEN 0 THEN s.v0 WHEN 1 THEN s.v1 WHEN 2 THEN s.v2 WHEN 3 THEN s.v3 WHEN 4 THEN s.v4 WHEN 5 THEN s.v5 WHEN 6 THEN s.v6 WHEN 7 THEN s.v7 WHEN 8 THEN s.v8 WHEN 9 THEN s.v9 WHEN 10 THEN s.v10 WHEN 11 THEN s.v11 WHEN 12 THEN s.v12 WHEN 13 THEN s.v13 WHEN 14 THEN s.v14 WHEN 15 THEN s.v15 WHEN 16 THEN s.v16 WHEN 17 THEN s.v17 WHEN 18 THEN s.v18 WHEN 19 THEN s.v19 WHEN 20 THEN s.v20 WHEN 21 THEN s.v21 WHEN 22 THEN s.v22 WHEN 23 THEN s.v23 WHEN 24 THEN s.v24 WHEN 25 THEN s.v25 WHEN 26 THEN s.v26 END AS value FROM v_span p CROSS JOIN channel c CROSS JOIN sample_2 s WHERE c.layout = 2 AND s.t BETWEEN p.t_first AND p.t_last) UNION ALL SELECT run, strftime('%Y-%m-%dT%H:%M:%S',ns/1000000000,'unixepoch')||printf('.%06dZ',ns/1000%1000000) AS t, channel, value, unit, CASE WHEN value IS NULL OR bad >> place & 1 THEN 'bad' ELSE 'good' END AS quality, ns AS t_ns FROM (SELECT p.run, s.t AS ns, c.name AS channel, c.unit, c.place, s.bad, CASE c.place WHEN 0 THEN s.v0 WHEN 1 THEN s.v1 WHEN 2 THEN s.v2 WHEN 3 THEN s.v3 WHEN 4 THEN s.v4 END AS value FROM v_span p CROSS JOIN channel c CROSS JOIN sample_3 s WHERE c.layout = 3 AND s.t BETWEEN p.t_first AND p.t_last);
CREATE VIEW v_reading_ns AS SELECT run, ns AS t, channel, value, unit, CASE WHEN value IS NULL OR bad >> place & 1 THEN 'bad' ELSE 'good' END AS quality FROM (SELECT p.run, s.t AS ns, c.name AS channel, c.unit, c.place, s.bad, CASE c.place WHEN 0 THEN s.v0 WHEN 1 THEN s.v1 WHEN 2 THEN s.v2 WHEN 3 THEN s.v3 WHEN 4 THEN s.v4 WHEN 5 THEN s.v5 WHEN 6 THEN s.v6 END AS value FROM v_span p CROSS JOIN channel c CROSS JOIN sample_1 s WHERE c.layout = 1 AND s.t BETWEEN p.t_first AND p.t_last) UNION ALL SELECT run, ns AS t, channel, value, unit, CASE WHEN value IS NULL OR bad >> place & 1 THEN 'bad' ELSE 'good' END AS quality FROM (SELECT p.run, s.t AS ns, c.name AS channel, c.unit, c.place, s.bad, CASE c.place WHEN 0 THEN s.v0 WHEN 1 THEN s.v1 WHEN 2 THEN s.v2 WHEN 3 THEN s.v3 WHEN 4 THEN s.v4 WHEN 5 THEN s.v5 WHEN 6 THEN s.v6 WHEN 7 THEN s.v7 WHEN 8 THEN s.v8 WHEN 9 THEN s.v9 WHEN 10 THEN s.v10 WHEN 11 THEN s.v11 WHEN 12 THEN s.v12 WHEN 13 THEN s.v13 WHEN 14 THEN s.v14 WHEN 15 THEN s.v15 WHEN 16 THEN s.v16 WHEN 17 THEN s.v17 WHEN 18 THEN s.v18 WHEN 19 THEN s.v19 WHEN 20 THEN s.v20 WHEN 21 THEN s.v21 WHEN 22 THEN s.v22 WHEN 23 THEN s.v23 WHEN 24 THEN s.v24 WHEN 25 THEN s.v25 WHEN 26 THEN s.v26 END AS value FROM v_span p CROSS JOIN channel c CROSS JOIN sample_2 s WHERE c.layout = 2 AND s.t BETWEEN p.t_first AND p.t_last) UNION ALL SELECT run, ns AS t, channel, value, unit, CASE WHEN value IS NULL OR bad >> place & 1 THEN 'bad' ELSE 'good' END AS quality FROM (SELECT p.run, s.t AS ns, c.name AS channel, c.unit, c.place, s.bad, CASE c.place WHEN 0 THEN s.v0 WHEN 1 THEN s.v1 WHEN 2 THEN s.v2 WHEN 3 THEN s.v3 WHEN 4 THEN s.v4 END AS value FROM v_span p CROSS JOIN channel c CROSS JOIN sample_3 s WHERE c.layout = 3 AND s.t BETWEEN p.t_first AND p.t_last);
COMMIT;
