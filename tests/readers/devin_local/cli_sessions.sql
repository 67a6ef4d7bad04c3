CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name VARCHAR(255));
CREATE TABLE sessions (id TEXT PRIMARY KEY, working_directory TEXT NOT NULL, model TEXT NOT NULL, created_at INTEGER NOT NULL, last_activity_at INTEGER NOT NULL, title TEXT, main_chain_id INTEGER, metadata TEXT);
CREATE TABLE message_nodes (row_id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, node_id INTEGER NOT NULL, parent_node_id INTEGER, chat_message TEXT NOT NULL, created_at INTEGER NOT NULL);
CREATE TABLE tool_call_state (session_id TEXT NOT NULL, tool_call_id TEXT NOT NULL, tool_call_json TEXT, tool_call_update_json TEXT, PRIMARY KEY (session_id, tool_call_id));
CREATE TABLE subagent_heads (session_id TEXT NOT NULL, agent_id TEXT NOT NULL, chain_node_id INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (session_id, agent_id));
INSERT INTO refinery_schema_history VALUES (16, 'a'), (17, 'b');
INSERT INTO sessions VALUES ('dev-1', '/home/ada/forge', 'swe-2', 1786400000, 1786400060, 'A horseshoe', 6, '{"total_acu_cost": 0.75}');
INSERT INTO message_nodes (session_id, node_id, parent_node_id, chat_message, created_at) VALUES
 ('dev-1', 1, NULL, '{"role":"system","content":"You are Devin."}', 1786400000),
 ('dev-1', 2, 1, '{"role":"user","content":[{"type":"text","text":"Forge a shoe"},{"type":"image","data":"aGk="}]}', 1786400001),
 ('dev-1', 3, 2, '{"role":"assistant","content":"Too hot.","metadata":{"request_id":"q1","metrics":{"input_tokens":50,"output_tokens":5,"cache_read_tokens":10}}}', 1786400002),
 ('dev-1', 4, 2, '{"role":"assistant","content":"Forging.","thinking":"Anvil.","tool_calls":[{"id":"f1","name":"exec","arguments":"{\"command\":\"hammer\"}"},{"id":"f2","function":{"name":"read_file","arguments":{"path":"shoe.md"}}}],"metadata":{"request_id":"q2","metrics":{"input_tokens":60,"output_tokens":6,"cache_read_tokens":20,"cache_creation_tokens":3}}}', 1786400003),
 ('dev-1', 5, 4, '{"role":"tool","tool_call_id":"f1","content":"cracked"}', 1786400005),
 ('dev-1', 6, 5, '{"role":"assistant","content":"It cracked.","metadata":{"request_id":"q2","metrics":{"input_tokens":60,"output_tokens":6}}}', 1786400006),
 ('dev-1', 7, NULL, '{"role":"user","content":"fetch coal"}', 1786400004),
 ('dev-1', 8, 7, '{"role":"assistant","content":"Coal fetched.","metadata":{"request_id":"q3","metrics":{"input_tokens":7,"output_tokens":1}}}', 1786400005),
 ('dev-1', 9, 8, 'no JSON', 1786400006);
INSERT INTO tool_call_state VALUES ('dev-1', 'f1', '{"kind":"execute","title":"hammer"}', '{"status":"completed","rawOutput":{"exit_code":9}}'), ('dev-1', 'f2', '{"kind":"read"}', NULL);
INSERT INTO subagent_heads VALUES ('dev-1', 'coal', 8, 1786400006), ('dev-1', 'none', 1, 1786400006);
