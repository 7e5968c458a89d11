PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE systems (
  code TEXT NOT NULL PRIMARY KEY,
  title TEXT NOT NULL,
  engine TEXT,
  doc_version TEXT,
  doc_date TEXT CHECK (doc_date GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]')
) STRICT, WITHOUT ROWID;
INSERT INTO systems VALUES('archi','Archi','PostgreSQL 17+pgvector','2.0',NULL);
INSERT INTO systems VALUES('autodevhub','AutoDevHub','SQLite',NULL,NULL);
INSERT INTO systems VALUES('gemini_ea','Gemini Enterprise Architect','PostgreSQL 14+Qdrant 1.5+Redis 7','1.0','2025-08-20');
INSERT INTO systems VALUES('local','this database',NULL,NULL,NULL);
INSERT INTO systems VALUES('socrates','Socrates 8.0','PostgreSQL 14+','8.0.0','2025-10-17');
INSERT INTO systems VALUES('softarchitect','SoftArchitect AI','SQLite+ChromaDB','1.0','2026-01-30');
CREATE TABLE users (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  username TEXT,
  email TEXT,
  display_name TEXT,
  first_name TEXT,
  last_name TEXT,
  bio TEXT,
  avatar_url TEXT,
  auth_provider TEXT NOT NULL DEFAULT 'anonymous' CHECK (auth_provider IN ('anonymous','local','github','basic','sso')),
  password_hash TEXT,
  password_scheme TEXT CHECK (password_scheme IN ('bcrypt','werkzeug-pbkdf2','werkzeug-scrypt','pbkdf2-sha256','unknown')),
  github_id TEXT,
  github_username TEXT,
  role TEXT,
  is_admin INTEGER NOT NULL DEFAULT 0 CHECK (is_admin IN (0,1)),
  status TEXT CHECK (status IN ('active','inactive','suspended')),
  preferences TEXT CHECK (preferences IS NULL OR json_valid(preferences)),
  metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
  last_login_at INTEGER,
  login_count INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER,
  updated_at INTEGER,
  erased_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO users VALUES(1,'users-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','Größe é 漢字 𝄞 ''"; -- username 1','Größe é 漢字 𝄞 ''"; -- email 1','Größe é 漢字 𝄞 ''"; -- display_name 1','Größe é 漢字 𝄞 ''"; -- first_name 1','Größe é 漢字 𝄞 ''"; -- last_name 1','Größe é 漢字 𝄞 ''"; -- bio 1','Größe é 漢字 𝄞 ''"; -- avatar_url 1','anonymous','Größe é 漢字 𝄞 ''"; -- password_hash 1','bcrypt','Größe é 漢字 𝄞 ''"; -- github_id 1','Größe é 漢字 𝄞 ''"; -- github_username 1','Größe é 漢字 𝄞 ''"; -- role 1',0,'active','{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}',1769769000123457,1,1769769000123457,1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO users VALUES(2,'users-2','local',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'anonymous',NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL);
CREATE TABLE user_preferences (
  user_id TEXT NOT NULL PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
  origin_id TEXT,
  model TEXT,
  temperature REAL,
  max_tokens INTEGER,
  top_p REAL,
  top_k INTEGER,
  num_documents INTEGER,
  condense_prompt TEXT,
  chat_prompt TEXT,
  system_prompt TEXT,
  language TEXT,
  theme TEXT,
  ide_type TEXT,
  auto_sync INTEGER CHECK (auto_sync IN (0,1)),
  notifications_enabled INTEGER CHECK (notifications_enabled IN (0,1)),
  encrypt_at_rest INTEGER CHECK (encrypt_at_rest IN (0,1)),
  telemetry_enabled INTEGER CHECK (telemetry_enabled IN (0,1)),
  cloud_sync_enabled INTEGER CHECK (cloud_sync_enabled IN (0,1)),
  created_at INTEGER,
  updated_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO user_preferences VALUES('users-1','Größe é 漢字 𝄞 ''"; -- origin_id 1','Größe é 漢字 𝄞 ''"; -- model 1',1.1000000000000000888,1,1.1000000000000000888,1,1,'Größe é 漢字 𝄞 ''"; -- condense_prompt 1','Größe é 漢字 𝄞 ''"; -- chat_prompt 1','Größe é 漢字 𝄞 ''"; -- system_prompt 1','Größe é 漢字 𝄞 ''"; -- language 1','Größe é 漢字 𝄞 ''"; -- theme 1','Größe é 漢字 𝄞 ''"; -- ide_type 1',0,0,0,0,0,1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO user_preferences VALUES('users-2',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE auth_sessions (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  token_hash TEXT,
  data TEXT CHECK (data IS NULL OR json_valid(data)),
  email TEXT,
  role TEXT,
  ip_address TEXT,
  user_agent TEXT,
  created_at INTEGER,
  last_used_at INTEGER,
  expires_at INTEGER NOT NULL,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO auth_sessions VALUES(1,'auth_sessions-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','users-1','Größe é 漢字 𝄞 ''"; -- token_hash 1','{"ü":[1,null,"𝄞",""]}','Größe é 漢字 𝄞 ''"; -- email 1','Größe é 漢字 𝄞 ''"; -- role 1','Größe é 漢字 𝄞 ''"; -- ip_address 1','Größe é 漢字 𝄞 ''"; -- user_agent 1',1769769000123457,1769769000123457,7258118400000000,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO auth_sessions VALUES(2,'auth_sessions-2','local',NULL,'users-2',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,7258118400000000,NULL);
CREATE TABLE api_keys (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('issued','provider')),
  provider TEXT,
  label TEXT,
  key_hash TEXT,
  ciphertext BLOB,
  cipher TEXT,
  kdf TEXT,
  scopes TEXT CHECK (scopes IS NULL OR json_valid(scopes)),
  created_at INTEGER,
  last_used_at INTEGER,
  expires_at INTEGER,
  revoked_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra)),
  CHECK (kind <> 'issued' OR key_hash IS NOT NULL),
  CHECK (kind <> 'provider' OR (provider IS NOT NULL AND ciphertext IS NOT NULL AND cipher IS NOT NULL))
) STRICT;
INSERT INTO api_keys VALUES(1,'api_keys-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','users-1','issued','Größe é 漢字 𝄞 ''"; -- provider 1','Größe é 漢字 𝄞 ''"; -- label 1','hash 1',X'0000803f00000040','Größe é 漢字 𝄞 ''"; -- cipher 1','Größe é 漢字 𝄞 ''"; -- kdf 1','{"ü":[1,null,"𝄞",""]}',1769769000123457,1769769000123457,7258118400000000,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO api_keys VALUES(2,'api_keys-2','local',NULL,'users-2','issued',NULL,'','hash 2',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE teams (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  name TEXT NOT NULL,
  description TEXT,
  created_at INTEGER,
  updated_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO teams VALUES(1,'teams-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','Größe é 漢字 𝄞 ''"; -- name 1','Größe é 漢字 𝄞 ''"; -- description 1',1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO teams VALUES(2,'teams-2','local',NULL,'Größe é 漢字 𝄞 ''"; -- name 2','',NULL,NULL,NULL);
CREATE TABLE user_teams (
  user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  team_id TEXT NOT NULL REFERENCES teams(id) ON DELETE CASCADE,
  role TEXT,
  joined_at INTEGER,
  PRIMARY KEY (user_id, team_id)
) STRICT, WITHOUT ROWID;
INSERT INTO user_teams VALUES('users-1','teams-1','Größe é 漢字 𝄞 ''"; -- role 1',1769769000123457);
INSERT INTO user_teams VALUES('users-2','teams-2',NULL,NULL);
CREATE TABLE projects (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  owner_id TEXT REFERENCES users(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  description TEXT,
  workspace_path TEXT,
  repository_url TEXT,
  status TEXT,  -- Gemini EA lifecycle, free text ('active', ...)
  phase TEXT CHECK (phase IN ('planning','design','development','testing','complete')),  -- Socrates status
  bmad_compliant INTEGER CHECK (bmad_compliant IN (0,1)),
  technology_stack TEXT CHECK (technology_stack IS NULL OR json_valid(technology_stack)),
  settings TEXT CHECK (settings IS NULL OR json_valid(settings)),
  tags TEXT CHECK (tags IS NULL OR (json_valid(tags) AND json_type(tags) = 'array')),
  created_at INTEGER,
  updated_at INTEGER,
  deleted_at INTEGER,  -- Gemini EA: kept 90 days after deletion
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO projects VALUES(1,'projects-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','users-1','Größe é 漢字 𝄞 ''"; -- name 1','Größe é 漢字 𝄞 ''"; -- description 1','Größe é 漢字 𝄞 ''"; -- workspace_path 1','Größe é 漢字 𝄞 ''"; -- repository_url 1','Größe é 漢字 𝄞 ''"; -- status 1','planning',0,'{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}','["ü"]',1769769000123457,1769769000123457,NULL,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO projects VALUES(2,'projects-2','local',NULL,NULL,'Größe é 漢字 𝄞 ''"; -- name 2','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE tags (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO tags VALUES(1,'tags-1','Größe é 漢字 𝄞 ''"; -- name 1');
INSERT INTO tags VALUES(2,'tags-2','Größe é 漢字 𝄞 ''"; -- name 2');
CREATE TABLE entity_tags (
  entity_type TEXT NOT NULL CHECK (entity_type IN ('project','story','decision','code_example','document')),
  entity_id TEXT NOT NULL,
  tag_id TEXT NOT NULL REFERENCES tags(id) ON DELETE CASCADE,
  position INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (entity_type, entity_id, tag_id)
) STRICT, WITHOUT ROWID;
INSERT INTO entity_tags VALUES('project','Größe é 漢字 𝄞 ''"; -- entity_id 1','tags-1',1);
INSERT INTO entity_tags VALUES('project','Größe é 漢字 𝄞 ''"; -- entity_id 2','tags-2',0);
CREATE TABLE epics (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  project_id TEXT REFERENCES projects(id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  description TEXT,
  business_value TEXT,
  status TEXT DEFAULT 'draft',
  priority TEXT DEFAULT 'medium',
  story_points INTEGER,
  start_date TEXT CHECK (start_date GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
  end_date TEXT CHECK (end_date GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
  created_at INTEGER,
  updated_at INTEGER,
  metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO epics VALUES(1,'epics-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','projects-1','Größe é 漢字 𝄞 ''"; -- title 1','Größe é 漢字 𝄞 ''"; -- description 1','Größe é 漢字 𝄞 ''"; -- business_value 1','Größe é 漢字 𝄞 ''"; -- status 1','Größe é 漢字 𝄞 ''"; -- priority 1',1,'2026-01-30','2026-01-30',1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}');
INSERT INTO epics VALUES(2,'epics-2','local',NULL,NULL,'Größe é 漢字 𝄞 ''"; -- title 2','',NULL,'draft','medium',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE sprints (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  project_id TEXT REFERENCES projects(id) ON DELETE CASCADE,
  name TEXT,
  goal TEXT,
  status TEXT,
  start_date TEXT CHECK (start_date GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
  end_date TEXT CHECK (end_date GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
  created_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO sprints VALUES(1,'sprints-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','projects-1','Größe é 漢字 𝄞 ''"; -- name 1','Größe é 漢字 𝄞 ''"; -- goal 1','Größe é 漢字 𝄞 ''"; -- status 1','2026-01-30','2026-01-30',1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO sprints VALUES(2,'sprints-2','local',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE stories (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  project_id TEXT REFERENCES projects(id) ON DELETE CASCADE,
  epic_id TEXT REFERENCES epics(id) ON DELETE CASCADE,
  created_by TEXT REFERENCES users(id) ON DELETE SET NULL,  -- nullable: NOT NULL would forbid to delete the user
  assignee_id TEXT REFERENCES users(id) ON DELETE SET NULL,
  sprint_id TEXT REFERENCES sprints(id) ON DELETE SET NULL,
  title TEXT NOT NULL,
  user_story TEXT,
  description TEXT,
  acceptance_criteria TEXT CHECK (acceptance_criteria IS NULL OR json_valid(acceptance_criteria)),
  priority TEXT CHECK (priority IN ('low','medium','high','critical')),
  story_points INTEGER,
  tasks TEXT CHECK (tasks IS NULL OR json_valid(tasks)),
  tags TEXT CHECK (tags IS NULL OR json_valid(tags)),
  status TEXT,
  metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
  created_at INTEGER,
  updated_at INTEGER,
  completed_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra)),
  CHECK (origin <> 'autodevhub' OR status IS NULL
    OR status IN ('draft','ready','in_progress','review','blocked','done','archived'))
) STRICT;
INSERT INTO stories VALUES(1,'stories-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','projects-1','epics-1','users-1','users-1','sprints-1','Größe é 漢字 𝄞 ''"; -- title 1','Größe é 漢字 𝄞 ''"; -- user_story 1','Größe é 漢字 𝄞 ''"; -- description 1','{"ü":[1,null,"𝄞",""]}','low',1,'{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}','draft','{"ü":[1,null,"𝄞",""]}',1769769000123457,1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO stories VALUES(2,'stories-2','local',NULL,NULL,NULL,NULL,NULL,NULL,'Größe é 漢字 𝄞 ''"; -- title 2',NULL,'',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE story_dependencies (
  story_id TEXT NOT NULL REFERENCES stories(id) ON DELETE CASCADE,
  depends_on_id TEXT REFERENCES stories(id) ON DELETE CASCADE,
  depends_on_ref TEXT NOT NULL,  -- raw reference ('story_456' in AutoDevHub metadata.dependencies may dangle)
  kind TEXT NOT NULL DEFAULT 'blocks',
  PRIMARY KEY (story_id, depends_on_ref),
  CHECK (depends_on_id IS NULL OR depends_on_id <> story_id)
) STRICT, WITHOUT ROWID;
INSERT INTO story_dependencies VALUES('stories-1','stories-2','Größe é 漢字 𝄞 ''"; -- depends_on_ref 1','Größe é 漢字 𝄞 ''"; -- kind 1');
INSERT INTO story_dependencies VALUES('stories-2',NULL,'Größe é 漢字 𝄞 ''"; -- depends_on_ref 2','blocks');
CREATE TABLE tasks (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  story_id TEXT NOT NULL REFERENCES stories(id) ON DELETE CASCADE,
  position INTEGER NOT NULL DEFAULT 0,
  title TEXT NOT NULL,
  description TEXT,
  status TEXT,
  assignee_id TEXT REFERENCES users(id) ON DELETE SET NULL,
  estimate_hours REAL,
  created_at INTEGER,
  updated_at INTEGER,
  completed_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO tasks VALUES(1,'tasks-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','stories-1',1,'Größe é 漢字 𝄞 ''"; -- title 1','Größe é 漢字 𝄞 ''"; -- description 1','Größe é 漢字 𝄞 ''"; -- status 1','users-1',1.1000000000000000888,1769769000123457,1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO tasks VALUES(2,'tasks-2','local',NULL,'stories-2',0,'Größe é 漢字 𝄞 ''"; -- title 2','',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE decisions (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  project_id TEXT REFERENCES projects(id) ON DELETE SET NULL,
  title TEXT NOT NULL,
  description TEXT,
  options TEXT NOT NULL CHECK (json_valid(options)),
  selected_option TEXT,
  rationale TEXT,
  status TEXT CHECK (status IN ('draft','active','archived')),
  tags TEXT CHECK (tags IS NULL OR json_valid(tags)),
  related_tech_packs TEXT CHECK (related_tech_packs IS NULL OR json_valid(related_tech_packs)),
  metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
  created_at INTEGER,
  updated_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO decisions VALUES(1,'decisions-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','users-1','projects-1','Größe é 漢字 𝄞 ''"; -- title 1','Größe é 漢字 𝄞 ''"; -- description 1','{"ü":[1,null,"𝄞",""]}','Größe é 漢字 𝄞 ''"; -- selected_option 1','Größe é 漢字 𝄞 ''"; -- rationale 1','draft','{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}',1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO decisions VALUES(2,'decisions-2','local',NULL,'users-2',NULL,'Größe é 漢字 𝄞 ''"; -- title 2','','{"ü":[1,null,"𝄞",""]}',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE code_examples (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  user_id TEXT REFERENCES users(id) ON DELETE CASCADE,
  decision_id TEXT REFERENCES decisions(id) ON DELETE SET NULL,
  title TEXT NOT NULL,
  description TEXT,
  language TEXT,
  code_content TEXT NOT NULL,
  tags TEXT CHECK (tags IS NULL OR json_valid(tags)),
  visibility TEXT CHECK (visibility IN ('private','shared','public')),
  metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
  created_at INTEGER,
  updated_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
, identifiers TEXT) STRICT;
INSERT INTO code_examples VALUES(1,'code_examples-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','users-1','decisions-1','Größe é 漢字 𝄞 ''"; -- title 1','Größe é 漢字 𝄞 ''"; -- description 1','Größe é 漢字 𝄞 ''"; -- language 1','Größe é 漢字 𝄞 ''"; -- code_content 1','{"ü":[1,null,"𝄞",""]}','private','{"ü":[1,null,"𝄞",""]}',1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}','code content');
INSERT INTO code_examples VALUES(2,'code_examples-2','local',NULL,NULL,NULL,'Größe é 漢字 𝄞 ''"; -- title 2','',NULL,'Größe é 漢字 𝄞 ''"; -- code_content 2',NULL,NULL,NULL,NULL,NULL,NULL,'code content');
CREATE TABLE validations (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  project_id TEXT REFERENCES projects(id) ON DELETE CASCADE,
  validation_date INTEGER,
  is_valid INTEGER NOT NULL CHECK (is_valid IN (0,1)),
  score INTEGER CHECK (score BETWEEN 0 AND 100),
  errors TEXT CHECK (errors IS NULL OR json_valid(errors)),
  warnings TEXT CHECK (warnings IS NULL OR json_valid(warnings)),
  missing_documents TEXT CHECK (missing_documents IS NULL OR json_valid(missing_documents)),
  recommendations TEXT CHECK (recommendations IS NULL OR json_valid(recommendations)),
  validator_version TEXT,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO validations VALUES(1,'validations-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','projects-1',1769769000123457,0,0,'{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}','Größe é 漢字 𝄞 ''"; -- validator_version 1','{"ü":[1,null,"𝄞",""]}');
INSERT INTO validations VALUES(2,'validations-2','local',NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE validation_errors (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  validation_id TEXT NOT NULL REFERENCES validations(id) ON DELETE CASCADE,
  position INTEGER NOT NULL DEFAULT 0,
  severity TEXT NOT NULL DEFAULT 'error' CHECK (severity IN ('error','warning')),
  code TEXT,
  message TEXT,
  location TEXT,
  payload TEXT CHECK (payload IS NULL OR json_valid(payload))
) STRICT;
INSERT INTO validation_errors VALUES(1,'validation_errors-1','validations-1',1,'error','Größe é 漢字 𝄞 ''"; -- code 1','Größe é 漢字 𝄞 ''"; -- message 1','Größe é 漢字 𝄞 ''"; -- location 1','{"ü":[1,null,"𝄞",""]}');
INSERT INTO validation_errors VALUES(2,'validation_errors-2','validations-2',0,'error',NULL,NULL,NULL,NULL);
CREATE TABLE cloud_estimates (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  project_id TEXT REFERENCES projects(id) ON DELETE CASCADE,
  environment TEXT NOT NULL,
  estimate_date INTEGER,
  monthly_cost_e2 INTEGER,
  compute_cost_e2 INTEGER,
  storage_cost_e2 INTEGER,
  network_cost_e2 INTEGER,
  currency TEXT DEFAULT 'USD' CHECK (length(currency) <= 3),
  usage_data TEXT CHECK (usage_data IS NULL OR json_valid(usage_data)),
  optimization_opportunities TEXT CHECK (optimization_opportunities IS NULL OR json_valid(optimization_opportunities)),
  confidence_level INTEGER CHECK (confidence_level BETWEEN 0 AND 100),
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO cloud_estimates VALUES(1,'cloud_estimates-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','projects-1','Größe é 漢字 𝄞 ''"; -- environment 1',1769769000123457,1,1,1,1,'EUR','{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}',0,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO cloud_estimates VALUES(2,'cloud_estimates-2','local',NULL,NULL,'Größe é 漢字 𝄞 ''"; -- environment 2',NULL,NULL,NULL,NULL,NULL,'USD',NULL,NULL,NULL,NULL);
CREATE TABLE cost_projections (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  estimate_id TEXT NOT NULL REFERENCES cloud_estimates(id) ON DELETE CASCADE,
  period_start TEXT NOT NULL CHECK (period_start GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'),
  cost_e2 INTEGER,
  growth_rate REAL,
  payload TEXT CHECK (payload IS NULL OR json_valid(payload)),
  UNIQUE (estimate_id, period_start)
) STRICT;
INSERT INTO cost_projections VALUES(1,'cost_projections-1','cloud_estimates-1','2026-01-30',1,1.1000000000000000888,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO cost_projections VALUES(2,'cost_projections-2','cloud_estimates-2','2026-01-30',NULL,NULL,NULL);
CREATE TABLE achievements (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  user_id TEXT REFERENCES users(id) ON DELETE CASCADE,
  achievement_type TEXT NOT NULL,
  achievement_name TEXT NOT NULL,
  description TEXT,
  points INTEGER DEFAULT 0,
  earned_at INTEGER,
  metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO achievements VALUES(1,'achievements-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','users-1','Größe é 漢字 𝄞 ''"; -- achievement_type 1','Größe é 漢字 𝄞 ''"; -- achievement_name 1','Größe é 漢字 𝄞 ''"; -- description 1',1,1769769000123457,'{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}');
INSERT INTO achievements VALUES(2,'achievements-2','local',NULL,NULL,'Größe é 漢字 𝄞 ''"; -- achievement_type 2','Größe é 漢字 𝄞 ''"; -- achievement_name 2','',0,NULL,NULL,NULL);
CREATE TABLE documents (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  owner_id TEXT REFERENCES users(id) ON DELETE CASCADE,
  project_id TEXT REFERENCES projects(id) ON DELETE SET NULL,
  resource_hash TEXT,  -- Archi: identity (upstream md5(path|url) cut to 12 chars), TEXT always
  content_hash TEXT,  -- SoftArchitect file_hash verbatim ('sha256:' prefix kept)
  filename TEXT,
  display_name TEXT,
  file_path TEXT,
  source_type TEXT CHECK (source_type IN ('local_files','web','ticket','git','sso','unknown')),
  url TEXT,
  ticket_id TEXT,
  git_repo TEXT,
  git_commit TEXT,
  suffix TEXT,
  size_bytes INTEGER,
  mime_type TEXT,
  file_type TEXT,
  original_path TEXT,
  base_path TEXT,
  relative_path TEXT,
  category TEXT,
  tags TEXT CHECK (tags IS NULL OR json_valid(tags)),
  chunks_count INTEGER,
  content_summary TEXT,
  content TEXT,
  status TEXT CHECK (status IN ('uploading','pending','processing','indexed','failed')),
  error_message TEXT,
  vector_ref TEXT,  -- Socrates vector_id
  collection_ref TEXT,  -- SoftArchitect chroma_collection_id
  extra_json TEXT CHECK (extra_json IS NULL OR json_valid(extra_json)),
  extra_text TEXT,
  metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
  file_modified_at INTEGER,
  ingested_at INTEGER,
  indexed_at INTEGER,
  last_accessed_at INTEGER,
  created_at INTEGER,
  updated_at INTEGER,
  is_deleted INTEGER NOT NULL DEFAULT 0 CHECK (is_deleted IN (0,1)),
  deleted_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO documents VALUES(1,'documents-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','users-1','projects-1',NULL,'Größe é 漢字 𝄞 ''"; -- content_hash 1','Größe é 漢字 𝄞 ''"; -- filename 1','Größe é 漢字 𝄞 ''"; -- display_name 1','Größe é 漢字 𝄞 ''"; -- file_path 1','local_files','Größe é 漢字 𝄞 ''"; -- url 1','Größe é 漢字 𝄞 ''"; -- ticket_id 1','Größe é 漢字 𝄞 ''"; -- git_repo 1','Größe é 漢字 𝄞 ''"; -- git_commit 1','Größe é 漢字 𝄞 ''"; -- suffix 1',1,'Größe é 漢字 𝄞 ''"; -- mime_type 1','Größe é 漢字 𝄞 ''"; -- file_type 1','Größe é 漢字 𝄞 ''"; -- original_path 1','Größe é 漢字 𝄞 ''"; -- base_path 1','Größe é 漢字 𝄞 ''"; -- relative_path 1','Größe é 漢字 𝄞 ''"; -- category 1','{"ü":[1,null,"𝄞",""]}',1,'Größe é 漢字 𝄞 ''"; -- content_summary 1','Größe é 漢字 𝄞 ''"; -- content 1','uploading','Größe é 漢字 𝄞 ''"; -- error_message 1','Größe é 漢字 𝄞 ''"; -- vector_ref 1','Größe é 漢字 𝄞 ''"; -- collection_ref 1','{"ü":[1,null,"𝄞",""]}','Größe é 漢字 𝄞 ''"; -- extra_text 1','{"ü":[1,null,"𝄞",""]}',1769769000123457,1769769000123457,1769769000123457,1769769000123457,1769769000123457,1769769000123457,0,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO documents VALUES(2,'documents-2','local',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL);
CREATE TABLE document_chunks (
  pk INTEGER PRIMARY KEY,  -- the FTS rowid
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  document_id TEXT REFERENCES documents(id) ON DELETE CASCADE,
  chunk_index INTEGER NOT NULL,
  heading TEXT,  -- breadcrumb of the headings above the chunk: 'Guide > Install'
  chunk_text TEXT NOT NULL,
  script TEXT CHECK (script IN ('word','cjk','code')),  -- which tokenizer serves it; NULL counts as 'word'
  start_char INTEGER,
  end_char INTEGER,
  offset_unit TEXT CHECK (offset_unit IN ('codepoint','utf8','utf16')),
  metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
  created_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra)),
  UNIQUE (document_id, chunk_index)  -- its index also finds a document's chunks, in order
) STRICT;
INSERT INTO document_chunks VALUES(1,'document_chunks-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','documents-1',1,'Größe é 漢字 𝄞 ''"; -- heading 1','Größe é 漢字 𝄞 ''"; -- chunk_text 1','word',1,1,'codepoint','{"ü":[1,null,"𝄞",""]}',1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO document_chunks VALUES(2,'document_chunks-2','local',NULL,NULL,2,NULL,'Größe é 漢字 𝄞 ''"; -- chunk_text 2',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE code_symbols (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  project_id TEXT REFERENCES projects(id) ON DELETE CASCADE,
  project_ref TEXT,
  file_path TEXT,
  function_name TEXT,
  language TEXT,
  code_snippet TEXT,
  imports TEXT CHECK (imports IS NULL OR json_valid(imports)),
  complexity REAL,
  last_modified INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO code_symbols VALUES(1,'code_symbols-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','projects-1','Größe é 漢字 𝄞 ''"; -- project_ref 1','Größe é 漢字 𝄞 ''"; -- file_path 1','Größe é 漢字 𝄞 ''"; -- function_name 1','Größe é 漢字 𝄞 ''"; -- language 1','Größe é 漢字 𝄞 ''"; -- code_snippet 1','{"ü":[1,null,"𝄞",""]}',1.1000000000000000888,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO code_symbols VALUES(2,'code_symbols-2','local',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE vector_collections (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  name TEXT NOT NULL,
  dims INTEGER NOT NULL CHECK (dims BETWEEN 1 AND 65535),
  metric TEXT NOT NULL DEFAULT 'cosine' CHECK (metric IN ('cosine','l2','ip')),
  quantization TEXT NOT NULL DEFAULT 'none' CHECK (quantization IN ('none','int8')),
  model TEXT,
  fingerprint TEXT,  -- of the embedder that made the vectors; another one means embed again
  generation INTEGER NOT NULL DEFAULT 0,  -- counts changes of the points; a saved graph names the one it was built from
  hnsw_m INTEGER DEFAULT 16 CHECK (hnsw_m BETWEEN 2 AND 128),
  ef_construction INTEGER DEFAULT 200 CHECK (ef_construction BETWEEN 1 AND 65535),
  ef_search INTEGER DEFAULT 64 CHECK (ef_search BETWEEN 1 AND 65535),
  payload_schema TEXT CHECK (payload_schema IS NULL OR json_valid(payload_schema)),
  created_at INTEGER, quantization_auto INTEGER NOT NULL DEFAULT 0 CHECK (quantization_auto IN (0,1)),
  UNIQUE (origin, name)
) STRICT;
INSERT INTO vector_collections VALUES(1,'vector_collections-1','local','Größe é 漢字 𝄞 ''"; -- name 1',2,'cosine','none','Größe é 漢字 𝄞 ''"; -- model 1','Größe é 漢字 𝄞 ''"; -- fingerprint 1',1,2,1,1,'{"ü":[1,null,"𝄞",""]}',1769769000123457,0);
INSERT INTO vector_collections VALUES(2,'vector_collections-2','local','Größe é 漢字 𝄞 ''"; -- name 2',2,'cosine','none',NULL,NULL,0,16,200,64,NULL,NULL,0);
CREATE TABLE vector_points (
  pk INTEGER PRIMARY KEY CHECK (pk BETWEEN 1 AND 4294967295),  -- the label in the graph, 32 bits on wasm32
  id TEXT NOT NULL UNIQUE,
  collection_id TEXT NOT NULL REFERENCES vector_collections(id) ON DELETE CASCADE,
  point_uid TEXT NOT NULL,
  chunk_id TEXT REFERENCES document_chunks(id) ON DELETE CASCADE,
  code_symbol_id TEXT REFERENCES code_symbols(id) ON DELETE CASCADE,
  vector BLOB NOT NULL CHECK (length(vector) > 0 AND length(vector) % 4 = 0),  -- float32 LE
  payload TEXT CHECK (payload IS NULL OR json_valid(payload)),
  relevance_score REAL,
  created_at INTEGER,
  UNIQUE (collection_id, point_uid)
) STRICT;
INSERT INTO vector_points VALUES(1,'vector_points-1','vector_collections-1','Größe é 漢字 𝄞 ''"; -- point_uid 1','document_chunks-1','code_symbols-1',X'0000803f00000040','{"ü":[1,null,"𝄞",""]}',1.1000000000000000888,1769769000123457);
INSERT INTO vector_points VALUES(2,'vector_points-2','vector_collections-2','Größe é 漢字 𝄞 ''"; -- point_uid 2',NULL,NULL,X'0000803f00000040',NULL,NULL,NULL);
CREATE TABLE conversations (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  user_id TEXT REFERENCES users(id) ON DELETE SET NULL,
  project_id TEXT REFERENCES projects(id) ON DELETE SET NULL,
  client_id TEXT,
  title TEXT,
  status TEXT CHECK (status IN ('active','archived','paused')),
  mode TEXT CHECK (mode IN ('chat','question','teaching','review')),
  persona TEXT,
  app_version TEXT,
  created_at INTEGER,
  updated_at INTEGER,
  last_message_at INTEGER,
  archived_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO conversations VALUES(1,'conversations-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','users-1','projects-1','Größe é 漢字 𝄞 ''"; -- client_id 1','Größe é 漢字 𝄞 ''"; -- title 1','active','chat','Größe é 漢字 𝄞 ''"; -- persona 1','Größe é 漢字 𝄞 ''"; -- app_version 1',1769769000123457,1769769000123457,1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO conversations VALUES(2,'conversations-2','local',NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE conversation_settings (
  conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  field TEXT NOT NULL,
  value TEXT NOT NULL CHECK (json_valid(value)),
  updated_at INTEGER,
  PRIMARY KEY (conversation_id, field)
) STRICT, WITHOUT ROWID;
INSERT INTO conversation_settings VALUES('conversations-1','Größe é 漢字 𝄞 ''"; -- field 1','{"ü":[1,null,"𝄞",""]}',1769769000123457);
INSERT INTO conversation_settings VALUES('conversations-2','Größe é 漢字 𝄞 ''"; -- field 2','{"ü":[1,null,"𝄞",""]}',NULL);
CREATE TABLE legacy_configs (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'archi' REFERENCES systems(code),
  origin_id TEXT,
  config_name TEXT,
  config TEXT, extra TEXT CHECK (extra IS NULL OR json_valid(extra)),
  UNIQUE (origin, origin_id)
) STRICT;
INSERT INTO legacy_configs VALUES(1,'legacy_configs-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','Größe é 漢字 𝄞 ''"; -- config_name 1','Größe é 漢字 𝄞 ''"; -- config 1','{"ü":[1,null,"𝄞",""]}');
INSERT INTO legacy_configs VALUES(2,'legacy_configs-2','archi',NULL,NULL,NULL,NULL);
CREATE TABLE messages (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  user_id TEXT REFERENCES users(id) ON DELETE SET NULL,
  role TEXT NOT NULL CHECK (role IN ('user','assistant','system','tool')),
  sender TEXT,
  content TEXT NOT NULL,
  message_type TEXT CHECK (message_type IN ('text','code','question','response')),
  service TEXT,
  model_used TEXT,
  pipeline_used TEXT,
  link TEXT NOT NULL DEFAULT '',
  context TEXT NOT NULL DEFAULT '',
  metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
  legacy_config_id TEXT REFERENCES legacy_configs(id) ON DELETE SET NULL,
  created_at INTEGER,
  updated_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO messages VALUES(1,'messages-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','conversations-1','users-1','user','Größe é 漢字 𝄞 ''"; -- sender 1','Größe é 漢字 𝄞 ''"; -- content 1','text','Größe é 漢字 𝄞 ''"; -- service 1','Größe é 漢字 𝄞 ''"; -- model_used 1','Größe é 漢字 𝄞 ''"; -- pipeline_used 1','Größe é 漢字 𝄞 ''"; -- link 1','Größe é 漢字 𝄞 ''"; -- context 1','{"ü":[1,null,"𝄞",""]}','legacy_configs-1',1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO messages VALUES(2,'messages-2','local',NULL,'conversations-2',NULL,'user',NULL,'Größe é 漢字 𝄞 ''"; -- content 2',NULL,NULL,NULL,NULL,'','',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE feedback (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  message_id TEXT NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  user_id TEXT REFERENCES users(id) ON DELETE SET NULL,
  feedback_at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('like','dislike','comment')),
  comment TEXT,
  incorrect INTEGER CHECK (incorrect IN (0,1)),
  unhelpful INTEGER CHECK (unhelpful IN (0,1)),
  inappropriate INTEGER CHECK (inappropriate IN (0,1)), extra TEXT CHECK (extra IS NULL OR json_valid(extra)),
  UNIQUE (message_id, feedback_at)
) STRICT;
INSERT INTO feedback VALUES(1,'feedback-1','messages-1','users-1',1769769000123457,'like','Größe é 漢字 𝄞 ''"; -- comment 1',0,0,0,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO feedback VALUES(2,'feedback-2','messages-2',NULL,1769769000123458,'like','',NULL,NULL,NULL,NULL);
CREATE TABLE message_timing (
  message_id TEXT NOT NULL PRIMARY KEY REFERENCES messages(id) ON DELETE CASCADE,
  client_sent_msg_ts INTEGER NOT NULL,
  server_received_msg_ts INTEGER NOT NULL,
  lock_acquisition_ts INTEGER NOT NULL,
  vectorstore_update_ts INTEGER NOT NULL,
  query_convo_history_ts INTEGER NOT NULL,
  chain_finished_ts INTEGER NOT NULL,
  archi_message_ts INTEGER NOT NULL,
  insert_convo_ts INTEGER NOT NULL,
  finish_call_ts INTEGER NOT NULL,
  server_response_msg_ts INTEGER NOT NULL,
  msg_duration_us INTEGER NOT NULL  -- INTERVAL as signed microseconds
, extra TEXT CHECK (extra IS NULL OR json_valid(extra))) STRICT;
INSERT INTO message_timing VALUES('messages-1',1769769000123457,1769769000123457,1769769000123457,1769769000123457,1769769000123457,1769769000123457,1769769000123457,1769769000123457,1769769000123457,1769769000123457,1,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO message_timing VALUES('messages-2',1769769000123458,1769769000123458,1769769000123458,1769769000123458,1769769000123458,1769769000123458,1769769000123458,1769769000123458,1769769000123458,1769769000123458,2,NULL);
CREATE TABLE agent_traces (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,  -- Archi trace_id
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  message_id TEXT REFERENCES messages(id) ON DELETE SET NULL,
  user_message_id TEXT REFERENCES messages(id) ON DELETE SET NULL,
  config_ref TEXT,
  pipeline_name TEXT NOT NULL,
  events TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(events)),
  started_at INTEGER NOT NULL,
  completed_at INTEGER,
  status TEXT NOT NULL DEFAULT 'running' CHECK (status IN ('running','completed','cancelled','failed')),
  total_tool_calls INTEGER DEFAULT 0,
  total_tokens_used INTEGER DEFAULT 0,
  total_duration_ms INTEGER,
  cancelled_by TEXT,
  cancellation_reason TEXT,
  created_at INTEGER NOT NULL,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO agent_traces VALUES(1,'agent_traces-1','local','conversations-1','messages-1','messages-1','Größe é 漢字 𝄞 ''"; -- config_ref 1','Größe é 漢字 𝄞 ''"; -- pipeline_name 1','{"ü":[1,null,"𝄞",""]}',1769769000123457,1769769000123457,'running',1,1,1,'Größe é 漢字 𝄞 ''"; -- cancelled_by 1','Größe é 漢字 𝄞 ''"; -- cancellation_reason 1',1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO agent_traces VALUES(2,'agent_traces-2','local','conversations-2',NULL,NULL,NULL,'Größe é 漢字 𝄞 ''"; -- pipeline_name 2','[]',1769769000123458,NULL,'running',0,0,NULL,NULL,NULL,1769769000123458,NULL);
CREATE TABLE agent_tool_calls (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  message_id TEXT NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  trace_id TEXT REFERENCES agent_traces(id) ON DELETE SET NULL,
  step_number INTEGER NOT NULL,
  tool_name TEXT NOT NULL,
  tool_args TEXT CHECK (tool_args IS NULL OR json_valid(tool_args)),
  tool_result TEXT,
  called_at INTEGER NOT NULL
, extra TEXT CHECK (extra IS NULL OR json_valid(extra))) STRICT;
INSERT INTO agent_tool_calls VALUES(1,'agent_tool_calls-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','conversations-1','messages-1','agent_traces-1',1,'Größe é 漢字 𝄞 ''"; -- tool_name 1','{"ü":[1,null,"𝄞",""]}','Größe é 漢字 𝄞 ''"; -- tool_result 1',1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO agent_tool_calls VALUES(2,'agent_tool_calls-2','local',NULL,'conversations-2','messages-2',NULL,2,'Größe é 漢字 𝄞 ''"; -- tool_name 2',NULL,NULL,1769769000123458,NULL);
CREATE TABLE ab_comparisons (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  user_prompt_message_id TEXT NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  response_a_message_id TEXT NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  response_b_message_id TEXT NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
  model_a TEXT,
  model_b TEXT,
  pipeline_a TEXT,
  pipeline_b TEXT,
  legacy_config_a_id TEXT REFERENCES legacy_configs(id) ON DELETE SET NULL,
  legacy_config_b_id TEXT REFERENCES legacy_configs(id) ON DELETE SET NULL,
  is_config_a_first INTEGER NOT NULL CHECK (is_config_a_first IN (0,1)),
  preference TEXT CHECK (preference IN ('a','b','tie','skip')),
  preference_at INTEGER,
  created_at INTEGER NOT NULL
, extra TEXT CHECK (extra IS NULL OR json_valid(extra))) STRICT;
INSERT INTO ab_comparisons VALUES(1,'ab_comparisons-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','conversations-1','messages-1','messages-1','messages-1','Größe é 漢字 𝄞 ''"; -- model_a 1','Größe é 漢字 𝄞 ''"; -- model_b 1','Größe é 漢字 𝄞 ''"; -- pipeline_a 1','Größe é 漢字 𝄞 ''"; -- pipeline_b 1','legacy_configs-1','legacy_configs-1',0,'a',1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO ab_comparisons VALUES(2,'ab_comparisons-2','local',NULL,'conversations-2','messages-2','messages-2','messages-2',NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,1769769000123458,NULL);
CREATE TABLE ai_requests (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('query','agent_interaction','generation_request')),
  user_id TEXT REFERENCES users(id) ON DELETE CASCADE,
  project_id TEXT REFERENCES projects(id) ON DELETE SET NULL,
  agent_type TEXT,
  request_type TEXT,
  prompt_text TEXT,
  response_text TEXT,
  request_payload TEXT CHECK (request_payload IS NULL OR json_valid(request_payload)),
  response_payload TEXT CHECK (response_payload IS NULL OR json_valid(response_payload)),
  model TEXT,
  temperature REAL,
  max_tokens INTEGER,
  duration REAL,
  duration_unit TEXT CHECK (duration_unit IN ('ms','s')),
  tokens_used INTEGER,
  status TEXT CHECK (status IN ('pending','processing','completed','failed')),
  error_message TEXT,
  metadata TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
  created_at INTEGER,
  completed_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra)),
  CHECK (kind <> 'query' OR (prompt_text IS NOT NULL AND user_id IS NOT NULL)),
  CHECK (kind <> 'agent_interaction' OR agent_type IS NOT NULL),
  CHECK (kind <> 'generation_request' OR (request_payload IS NOT NULL AND user_id IS NOT NULL))
) STRICT;
INSERT INTO ai_requests VALUES(1,'ai_requests-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','query','users-1','projects-1','Größe é 漢字 𝄞 ''"; -- agent_type 1','Größe é 漢字 𝄞 ''"; -- request_type 1','p','Größe é 漢字 𝄞 ''"; -- response_text 1','{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}','Größe é 漢字 𝄞 ''"; -- model 1',1.1000000000000000888,1,1.1000000000000000888,'ms',1,'pending','Größe é 漢字 𝄞 ''"; -- error_message 1','{"ü":[1,null,"𝄞",""]}',1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO ai_requests VALUES(2,'ai_requests-2','local',NULL,'query','users-2',NULL,NULL,NULL,'p',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'',NULL,NULL,NULL,NULL);
CREATE TABLE static_config (
  origin TEXT NOT NULL PRIMARY KEY REFERENCES systems(code),
  deployment_name TEXT NOT NULL,
  config_version TEXT NOT NULL DEFAULT '2.0.0',
  data_path TEXT NOT NULL DEFAULT '/root/data/',
  prompts_path TEXT NOT NULL DEFAULT '/root/archi/data/prompts/',
  embedding_model TEXT NOT NULL,
  embedding_dimensions INTEGER NOT NULL,
  chunk_size INTEGER NOT NULL DEFAULT 1000,
  chunk_overlap INTEGER NOT NULL DEFAULT 150,
  distance_metric TEXT NOT NULL DEFAULT 'cosine',
  available_pipelines TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(available_pipelines) AND json_type(available_pipelines) = 'array'),
  available_models TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(available_models) AND json_type(available_models) = 'array'),
  available_providers TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(available_providers) AND json_type(available_providers) = 'array'),
  auth_enabled INTEGER NOT NULL DEFAULT 1 CHECK (auth_enabled IN (0,1)),
  session_lifetime_days INTEGER NOT NULL DEFAULT 30,
  created_at INTEGER NOT NULL,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT, WITHOUT ROWID;
INSERT INTO static_config VALUES('archi','Größe é 漢字 𝄞 ''"; -- deployment_name 1','Größe é 漢字 𝄞 ''"; -- config_version 1','Größe é 漢字 𝄞 ''"; -- data_path 1','Größe é 漢字 𝄞 ''"; -- prompts_path 1','Größe é 漢字 𝄞 ''"; -- embedding_model 1',1,1,1,'Größe é 漢字 𝄞 ''"; -- distance_metric 1','["ü"]','["ü"]','["ü"]',0,1,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO static_config VALUES('local','Größe é 漢字 𝄞 ''"; -- deployment_name 2','2.0.0','/root/data/','/root/archi/data/prompts/','Größe é 漢字 𝄞 ''"; -- embedding_model 2',2,1000,150,'cosine','[]','[]','[]',1,30,1769769000123458,NULL);
CREATE TABLE user_document_defaults (
  user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
  enabled INTEGER NOT NULL DEFAULT 0 CHECK (enabled IN (0,1)),
  updated_at INTEGER NOT NULL, extra TEXT CHECK (extra IS NULL OR json_valid(extra)),
  PRIMARY KEY (user_id, document_id)
) STRICT, WITHOUT ROWID;
INSERT INTO user_document_defaults VALUES('users-1','documents-1',0,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO user_document_defaults VALUES('users-2','documents-2',0,1769769000123458,NULL);
CREATE TABLE conversation_document_overrides (
  conversation_id TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
  document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
  enabled INTEGER NOT NULL CHECK (enabled IN (0,1)),
  updated_at INTEGER NOT NULL, extra TEXT CHECK (extra IS NULL OR json_valid(extra)),
  PRIMARY KEY (conversation_id, document_id)
) STRICT, WITHOUT ROWID;
INSERT INTO conversation_document_overrides VALUES('conversations-1','documents-1',0,1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO conversation_document_overrides VALUES('conversations-2','documents-2',0,1769769000123458,NULL);
CREATE TABLE audit_log (
  pk INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  origin_table TEXT,
  user_id TEXT REFERENCES users(id) ON DELETE SET NULL,
  actor TEXT,  -- actor: id text kept or pseudonymised on erasure
  action TEXT,
  resource_type TEXT,
  resource_id TEXT,
  field_name TEXT,
  old_value TEXT,
  new_value TEXT,
  value_format TEXT CHECK (value_format IN ('json','text')),
  details TEXT CHECK (details IS NULL OR json_valid(details)),
  ip_address TEXT,
  user_agent TEXT,
  status TEXT CHECK (status IN ('success','failure')),
  created_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra)),
  CHECK (value_format IS NOT 'json'
    OR ((old_value IS NULL OR json_valid(old_value)) AND (new_value IS NULL OR json_valid(new_value))))
) STRICT;
INSERT INTO audit_log VALUES(1,'audit_log-1','archi','Größe é 漢字 𝄞 ''"; -- origin_id 1','Größe é 漢字 𝄞 ''"; -- origin_table 1','users-1','Größe é 漢字 𝄞 ''"; -- actor 1','Größe é 漢字 𝄞 ''"; -- action 1','Größe é 漢字 𝄞 ''"; -- resource_type 1','Größe é 漢字 𝄞 ''"; -- resource_id 1','Größe é 漢字 𝄞 ''"; -- field_name 1','{"a":null}','{"a":""}','json','{"ü":[1,null,"𝄞",""]}','Größe é 漢字 𝄞 ''"; -- ip_address 1','Größe é 漢字 𝄞 ''"; -- user_agent 1','success',1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO audit_log VALUES(2,'audit_log-2','archi',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE cache_entries (
  key TEXT NOT NULL PRIMARY KEY,
  namespace TEXT NOT NULL,
  value TEXT,
  value_type TEXT NOT NULL DEFAULT 'json' CHECK (value_type IN ('json','string','hash')),
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
, bytes INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
INSERT INTO cache_entries VALUES('Größe é 漢字 𝄞 ''"; -- key 1','Größe é 漢字 𝄞 ''"; -- namespace 1','Größe é 漢字 𝄞 ''"; -- value 1','json',1769769000123457,1769769000123457,7258118400000000,1);
INSERT INTO cache_entries VALUES('Größe é 漢字 𝄞 ''"; -- key 2','Größe é 漢字 𝄞 ''"; -- namespace 2',NULL,'json',1769769000123458,1769769000123458,7258118400000000,0);
CREATE TABLE rate_limits (
  subject TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  window_start INTEGER NOT NULL,
  hits INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (subject, endpoint)
) STRICT, WITHOUT ROWID;
INSERT INTO rate_limits VALUES('Größe é 漢字 𝄞 ''"; -- subject 1','Größe é 漢字 𝄞 ''"; -- endpoint 1',1769769000123457,1,7258118400000000);
INSERT INTO rate_limits VALUES('Größe é 漢字 𝄞 ''"; -- subject 2','Größe é 漢字 𝄞 ''"; -- endpoint 2',1769769000123458,0,7258118400000000);
CREATE TABLE schema_migrations (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  down_sql TEXT
) STRICT;
INSERT INTO schema_migrations VALUES(1,'unified','88d6c98731a50651611e1478b1e20c7a6e704b065a39764dd24db7500f4b86bc',1769769000123456,replace('-- Undoes 0001: drops everything that it made, dependants first. All rows are lost.\n--\n-- A table''s own indexes and triggers go with it. Full-text tables go before the tables and the view that feed them.\n\nDROP VIEW v_user_activity;\nDROP VIEW v_project_stories;\nDROP VIEW v_effective_documents;\n\nDROP TABLE document_chunks_trigram;\nDROP TABLE document_chunks_fts;\nDROP TABLE documents_fts;\nDROP TABLE code_examples_fts;\nDROP TABLE ai_requests_fts;\nDROP TABLE messages_fts;\nDROP TABLE decisions_fts;\nDROP TABLE stories_fts;\nDROP VIEW v_trigram_chunks;\n\nDROP TABLE import_rejects;\nDROP TABLE migration_state;\nDROP TABLE schema_migrations;\nDROP TABLE rate_limits;\nDROP TABLE cache_entries;\nDROP TABLE audit_log;\nDROP TABLE conversation_document_overrides;\nDROP TABLE user_document_defaults;\nDROP TABLE dynamic_config;\nDROP TABLE static_config;\nDROP TABLE ai_requests;\nDROP TABLE ab_comparisons;\nDROP TABLE agent_tool_calls;\nDROP TABLE agent_traces;\nDROP TABLE message_timing;\nDROP TABLE feedback;\nDROP TABLE messages;\nDROP TABLE legacy_configs;\nDROP TABLE conversation_settings;\nDROP TABLE conversations;\nDROP TABLE vector_points;\nDROP TABLE vector_collections;\nDROP TABLE code_symbols;\nDROP TABLE document_chunks;\nDROP TABLE documents;\nDROP TABLE achievements;\nDROP TABLE cost_projections;\nDROP TABLE cloud_estimates;\nDROP TABLE validation_errors;\nDROP TABLE validations;\nDROP TABLE code_examples;\nDROP TABLE decisions;\nDROP TABLE tasks;\nDROP TABLE story_dependencies;\nDROP TABLE stories;\nDROP TABLE sprints;\nDROP TABLE epics;\nDROP TABLE entity_tags;\nDROP TABLE tags;\nDROP TABLE projects;\nDROP TABLE user_teams;\nDROP TABLE teams;\nDROP TABLE api_keys;\nDROP TABLE auth_sessions;\nDROP TABLE user_preferences;\nDROP TABLE users;\nDROP TABLE systems;\n','\n',char(10)));
INSERT INTO schema_migrations VALUES(2,'services','20be02a6a8b9b12c16119b9cadf5fd015b564786d16780ac2ea261e8651d560b',1769769000123456,replace('-- Undoes 0002. Vectors of rows go, as nothing would keep them true; the rows themselves stay.\nDROP TRIGGER stories_fts_au;\nDROP TRIGGER decisions_fts_au;\nDROP TRIGGER documents_fts_au;\nCREATE TRIGGER stories_fts_au AFTER UPDATE OF pk, title, user_story, description ON stories BEGIN\n  INSERT INTO stories_fts(stories_fts, rowid, title, user_story, description)\n  VALUES (''delete'', OLD.pk, OLD.title, OLD.user_story, OLD.description);\n  INSERT INTO stories_fts(rowid, title, user_story, description)\n  VALUES (NEW.pk, NEW.title, NEW.user_story, NEW.description);\nEND;\nCREATE TRIGGER decisions_fts_au AFTER UPDATE OF pk, title, description, rationale ON decisions BEGIN\n  INSERT INTO decisions_fts(decisions_fts, rowid, title, description, rationale)\n  VALUES (''delete'', OLD.pk, OLD.title, OLD.description, OLD.rationale);\n  INSERT INTO decisions_fts(rowid, title, description, rationale)\n  VALUES (NEW.pk, NEW.title, NEW.description, NEW.rationale);\nEND;\nCREATE TRIGGER documents_fts_au AFTER UPDATE OF pk, filename, display_name, extra_text ON documents BEGIN\n  INSERT INTO documents_fts(documents_fts, rowid, filename, display_name, extra_text)\n  VALUES (''delete'', OLD.pk, OLD.filename, OLD.display_name, OLD.extra_text);\n  INSERT INTO documents_fts(rowid, filename, display_name, extra_text)\n  VALUES (NEW.pk, NEW.filename, NEW.display_name, NEW.extra_text);\nEND;\nDROP INDEX ix_cache_lru;\nCREATE INDEX ix_cache_lru ON cache_entries(last_used_at);\nALTER TABLE cache_entries DROP COLUMN bytes;\nALTER TABLE dynamic_config RENAME TO dynamic_config_before;\nCREATE TABLE dynamic_config (\n  origin TEXT NOT NULL PRIMARY KEY REFERENCES systems(code),\n  active_pipeline TEXT NOT NULL DEFAULT ''QAPipeline'',\n  active_model TEXT NOT NULL DEFAULT ''openai/gpt-4o'',\n  temperature REAL NOT NULL DEFAULT 0.7,\n  max_tokens INTEGER NOT NULL DEFAULT 4096,\n  system_prompt TEXT,\n  top_p REAL NOT NULL DEFAULT 0.9,\n  top_k INTEGER NOT NULL DEFAULT 50,\n  repetition_penalty REAL NOT NULL DEFAULT 1.0,\n  active_condense_prompt TEXT NOT NULL DEFAULT ''default'',\n  active_chat_prompt TEXT NOT NULL DEFAULT ''default'',\n  active_system_prompt TEXT NOT NULL DEFAULT ''default'',\n  num_documents_to_retrieve INTEGER NOT NULL DEFAULT 10,\n  use_hybrid_search INTEGER NOT NULL DEFAULT 1 CHECK (use_hybrid_search IN (0,1)),\n  bm25_weight REAL NOT NULL DEFAULT 0.3,\n  semantic_weight REAL NOT NULL DEFAULT 0.7,\n  ingestion_schedule TEXT NOT NULL DEFAULT '''',\n  verbosity INTEGER NOT NULL DEFAULT 3,\n  updated_at INTEGER NOT NULL,\n  updated_by TEXT,\n  extra TEXT CHECK (extra IS NULL OR json_valid(extra))\n) STRICT, WITHOUT ROWID;\nINSERT INTO dynamic_config SELECT\n  origin, coalesce(active_pipeline, ''QAPipeline''), coalesce(active_model, ''openai/gpt-4o''), coalesce(temperature, 0.7),\n  coalesce(max_tokens, 4096), system_prompt, coalesce(top_p, 0.9), coalesce(top_k, 50),\n  coalesce(repetition_penalty, 1.0), coalesce(active_condense_prompt, ''default''),\n  coalesce(active_chat_prompt, ''default''), coalesce(active_system_prompt, ''default''),\n  coalesce(num_documents_to_retrieve, 10), coalesce(use_hybrid_search, 1), coalesce(bm25_weight, 0.3),\n  coalesce(semantic_weight, 0.7), coalesce(ingestion_schedule, ''''), coalesce(verbosity, 3), updated_at, updated_by,\n  extra\n  FROM dynamic_config_before;\nDROP TABLE dynamic_config_before;\nALTER TABLE migration_state DROP COLUMN extra;\nALTER TABLE legacy_configs DROP COLUMN extra;\nALTER TABLE conversation_document_overrides DROP COLUMN extra;\nALTER TABLE user_document_defaults DROP COLUMN extra;\nALTER TABLE message_timing DROP COLUMN extra;\nALTER TABLE feedback DROP COLUMN extra;\nALTER TABLE agent_tool_calls DROP COLUMN extra;\nALTER TABLE ab_comparisons DROP COLUMN extra;\nDROP INDEX ix_validations_date;\nDROP INDEX ix_users_username;\nDROP INDEX ix_stories_priority;\nDROP INDEX ix_stories_created;\nDROP INDEX ix_projects_phase;\nDROP INDEX ix_documents_content_hash;\nDROP INDEX ix_conversations_created;\nDROP INDEX ix_cloud_estimates_date;\nDROP INDEX ix_audit_actor;\nDROP INDEX ix_agent_traces_started;\nDROP INDEX ix_stories_created_by;\nCREATE INDEX ix_stories_created_by ON stories(created_by);\nDROP INDEX ix_ai_requests_user_ms;\nDROP TABLE retention_policies;\nDROP TRIGGER decisions_vector_ai;\nDROP TRIGGER decisions_vector_ad;\nDROP TRIGGER decisions_vector_au;\nDROP TRIGGER stories_vector_ai;\nDROP TRIGGER stories_vector_ad;\nDROP TRIGGER stories_vector_au;\nDROP TRIGGER code_examples_vector_ai;\nDROP TRIGGER code_examples_vector_ad;\nDROP TRIGGER code_examples_vector_au;\nDROP TRIGGER messages_vector_ai;\nDROP TRIGGER messages_vector_ad;\nDROP TRIGGER messages_vector_au;\nDROP TRIGGER ai_requests_vector_ai;\nDROP TRIGGER ai_requests_vector_ad;\nDROP TRIGGER ai_requests_vector_au;\nDROP TABLE embedding_queue;\n-- References are not followed while a migration runs.\nDELETE FROM vector_points WHERE collection_id IN (SELECT id FROM vector_collections WHERE name LIKE ''archivolt:%'');\nDELETE FROM vector_collections WHERE name LIKE ''archivolt:%'';\nDROP TRIGGER code_examples_fts_ai;\nDROP TRIGGER code_examples_fts_ad;\nDROP TRIGGER code_examples_fts_au;\nDROP TRIGGER code_examples_fts_iu;\nDROP TABLE code_examples_fts;\nALTER TABLE code_examples DROP COLUMN identifiers;\nCREATE VIRTUAL TABLE code_examples_fts USING fts5(\n  title, description, code_content, content=''code_examples'', content_rowid=''pk'',\n  tokenize="unicode61 remove_diacritics 2 tokenchars ''_''"\n);\nCREATE TRIGGER code_examples_fts_ai AFTER INSERT ON code_examples BEGIN\n  INSERT INTO code_examples_fts(rowid, title, description, code_content)\n  VALUES (NEW.pk, NEW.title, NEW.description, NEW.code_content);\nEND;\nCREATE TRIGGER code_examples_fts_ad AFTER DELETE ON code_examples BEGIN\n  INSERT INTO code_examples_fts(code_examples_fts, rowid, title, description, code_content)\n  VALUES (''delete'', OLD.pk, OLD.title, OLD.description, OLD.code_content);\nEND;\nCREATE TRIGGER code_examples_fts_au AFTER UPDATE OF pk, title, description, code_content ON code_examples BEGIN\n  INSERT INTO code_examples_fts(code_examples_fts, rowid, title, description, code_content)\n  VALUES (''delete'', OLD.pk, OLD.title, OLD.description, OLD.code_content);\n  INSERT INTO code_examples_fts(rowid, title, description, code_content)\n  VALUES (NEW.pk, NEW.title, NEW.description, NEW.code_content);\nEND;\nINSERT INTO code_examples_fts(code_examples_fts) VALUES (''rebuild'');\n','\n',char(10)));
INSERT INTO schema_migrations VALUES(3,'vector_graphs','e48fc0a1e2577dbe96181a49da65922cb5c504fb2c3103573d14f432293fdbc3',1769769000123456,replace('-- Undoes 0003. The graphs are built again from the vectors; what was embedded again so far, and what it was to replace, is given up.\nDROP TABLE stored_searches;\nDROP TABLE vector_graphs;\nALTER TABLE vector_collections DROP COLUMN quantization_auto;\nDROP TRIGGER document_chunks_vector_au;\n-- References are not followed while a migration runs.\nDELETE FROM vector_points WHERE collection_id IN (SELECT id FROM vector_collections WHERE name GLOB ''archivolt:*:new'' OR name = ''archivolt:document_chunks:old'');\nDELETE FROM vector_collections WHERE name GLOB ''archivolt:*:new'' OR name = ''archivolt:document_chunks:old'';\nDROP TRIGGER decisions_vector_ad;\nDROP TRIGGER decisions_vector_au;\nDROP TRIGGER stories_vector_ad;\nDROP TRIGGER stories_vector_au;\nDROP TRIGGER code_examples_vector_ad;\nDROP TRIGGER code_examples_vector_au;\nDROP TRIGGER messages_vector_ad;\nDROP TRIGGER messages_vector_au;\nDROP TRIGGER ai_requests_vector_ad;\nDROP TRIGGER ai_requests_vector_au;\nCREATE TRIGGER decisions_vector_ad AFTER DELETE ON decisions BEGIN\n  DELETE FROM embedding_queue WHERE kind = ''decisions'' AND row_pk = OLD.pk;\n  DELETE FROM vector_points WHERE point_uid = OLD.id\n    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = ''local'' AND name IN (''archivolt:decisions'', ''archivolt:decisions:old''));\nEND;\nCREATE TRIGGER decisions_vector_au AFTER UPDATE OF pk, id, title, description, rationale ON decisions\nWHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.description IS NOT OLD.description OR NEW.rationale IS NOT OLD.rationale BEGIN\n  DELETE FROM embedding_queue WHERE kind = ''decisions'' AND row_pk = OLD.pk;\n  DELETE FROM vector_points WHERE point_uid = OLD.id\n    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = ''local'' AND name IN (''archivolt:decisions'', ''archivolt:decisions:old''));\n  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES (''decisions'', NEW.pk);\nEND;\nCREATE TRIGGER stories_vector_ad AFTER DELETE ON stories BEGIN\n  DELETE FROM embedding_queue WHERE kind = ''stories'' AND row_pk = OLD.pk;\n  DELETE FROM vector_points WHERE point_uid = OLD.id\n    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = ''local'' AND name IN (''archivolt:stories'', ''archivolt:stories:old''));\nEND;\nCREATE TRIGGER stories_vector_au AFTER UPDATE OF pk, id, title, user_story, description ON stories\nWHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.user_story IS NOT OLD.user_story OR NEW.description IS NOT OLD.description BEGIN\n  DELETE FROM embedding_queue WHERE kind = ''stories'' AND row_pk = OLD.pk;\n  DELETE FROM vector_points WHERE point_uid = OLD.id\n    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = ''local'' AND name IN (''archivolt:stories'', ''archivolt:stories:old''));\n  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES (''stories'', NEW.pk);\nEND;\nCREATE TRIGGER code_examples_vector_ad AFTER DELETE ON code_examples BEGIN\n  DELETE FROM embedding_queue WHERE kind = ''code_examples'' AND row_pk = OLD.pk;\n  DELETE FROM vector_points WHERE point_uid = OLD.id\n    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = ''local'' AND name IN (''archivolt:code_examples'', ''archivolt:code_examples:old''));\nEND;\nCREATE TRIGGER code_examples_vector_au AFTER UPDATE OF pk, id, title, description, code_content ON code_examples\nWHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.description IS NOT OLD.description OR NEW.code_content IS NOT OLD.code_content BEGIN\n  DELETE FROM embedding_queue WHERE kind = ''code_examples'' AND row_pk = OLD.pk;\n  DELETE FROM vector_points WHERE point_uid = OLD.id\n    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = ''local'' AND name IN (''archivolt:code_examples'', ''archivolt:code_examples:old''));\n  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES (''code_examples'', NEW.pk);\nEND;\nCREATE TRIGGER messages_vector_ad AFTER DELETE ON messages BEGIN\n  DELETE FROM embedding_queue WHERE kind = ''messages'' AND row_pk = OLD.pk;\n  DELETE FROM vector_points WHERE point_uid = OLD.id\n    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = ''local'' AND name IN (''archivolt:messages'', ''archivolt:messages:old''));\nEND;\nCREATE TRIGGER messages_vector_au AFTER UPDATE OF pk, id, content ON messages\nWHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.content IS NOT OLD.content BEGIN\n  DELETE FROM embedding_queue WHERE kind = ''messages'' AND row_pk = OLD.pk;\n  DELETE FROM vector_points WHERE point_uid = OLD.id\n    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = ''local'' AND name IN (''archivolt:messages'', ''archivolt:messages:old''));\n  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES (''messages'', NEW.pk);\nEND;\nCREATE TRIGGER ai_requests_vector_ad AFTER DELETE ON ai_requests BEGIN\n  DELETE FROM embedding_queue WHERE kind = ''ai_requests'' AND row_pk = OLD.pk;\n  DELETE FROM vector_points WHERE point_uid = OLD.id\n    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = ''local'' AND name IN (''archivolt:ai_requests'', ''archivolt:ai_requests:old''));\nEND;\nCREATE TRIGGER ai_requests_vector_au AFTER UPDATE OF pk, id, prompt_text, response_text ON ai_requests\nWHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.prompt_text IS NOT OLD.prompt_text OR NEW.response_text IS NOT OLD.response_text BEGIN\n  DELETE FROM embedding_queue WHERE kind = ''ai_requests'' AND row_pk = OLD.pk;\n  DELETE FROM vector_points WHERE point_uid = OLD.id\n    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = ''local'' AND name IN (''archivolt:ai_requests'', ''archivolt:ai_requests:old''));\n  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES (''ai_requests'', NEW.pk);\nEND;\n','\n',char(10)));
CREATE TABLE migration_state (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL DEFAULT 'local' REFERENCES systems(code),
  origin_id TEXT,
  migration_name TEXT NOT NULL UNIQUE,
  started_at INTEGER NOT NULL,
  completed_at INTEGER,
  last_checkpoint TEXT CHECK (last_checkpoint IS NULL OR json_valid(last_checkpoint)),
  status TEXT NOT NULL DEFAULT 'in_progress' CHECK (status IN ('in_progress','completed','failed')),
  error_message TEXT
, extra TEXT CHECK (extra IS NULL OR json_valid(extra))) STRICT;
INSERT INTO migration_state VALUES(1,'migration_state-1','local','Größe é 漢字 𝄞 ''"; -- origin_id 1','Größe é 漢字 𝄞 ''"; -- migration_name 1',1769769000123457,1769769000123457,'{"ü":[1,null,"𝄞",""]}','in_progress','Größe é 漢字 𝄞 ''"; -- error_message 1','{"ü":[1,null,"𝄞",""]}');
INSERT INTO migration_state VALUES(2,'migration_state-2','local',NULL,'Größe é 漢字 𝄞 ''"; -- migration_name 2',1769769000123458,NULL,NULL,'in_progress','',NULL);
CREATE TABLE import_rejects (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  origin TEXT NOT NULL REFERENCES systems(code),
  source_table TEXT NOT NULL,
  source_id TEXT,
  reason TEXT NOT NULL,
  row TEXT NOT NULL CHECK (json_valid(row)),
  rejected_at INTEGER NOT NULL
) STRICT;
INSERT INTO import_rejects VALUES(1,'import_rejects-1','local','Größe é 漢字 𝄞 ''"; -- source_table 1','Größe é 漢字 𝄞 ''"; -- source_id 1','Größe é 漢字 𝄞 ''"; -- reason 1','{"ü":[1,null,"𝄞",""]}',1769769000123457);
INSERT INTO import_rejects VALUES(2,'import_rejects-2','local','Größe é 漢字 𝄞 ''"; -- source_table 2',NULL,'Größe é 漢字 𝄞 ''"; -- reason 2','{"ü":[1,null,"𝄞",""]}',1769769000123458);
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','stories_fts','stories_fts',0,'CREATE VIRTUAL TABLE stories_fts USING fts5(
  title, user_story, description, content=''stories'', content_rowid=''pk'', tokenize=''porter unicode61 remove_diacritics 2''
)');
CREATE TABLE IF NOT EXISTS 'stories_fts_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO stories_fts_data VALUES(1,X'020a0605');
INSERT INTO stories_fts_data VALUES(10,X'000000000102020002010101020101');
INSERT INTO stories_fts_data VALUES(137438953473,X'0000006c023031010e06010107010206010864657363726970740106010205010165010e03010103010203010567726fc39f010e02010102010202010573746f7269010601010601047469746c01020501047573657201060101050106e6bca2e5ad97010e04010104010204040c0f0c100c090b');
INSERT INTO stories_fts_data VALUES(274877906945,X'0000002e023032020206010165020203010567726fc39f02020201047469746c0202050106e6bca2e5ad970202040406060a09');
CREATE TABLE IF NOT EXISTS 'stories_fts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO stories_fts_idx VALUES(1,X'',2);
INSERT INTO stories_fts_idx VALUES(2,X'',2);
CREATE TABLE IF NOT EXISTS 'stories_fts_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
INSERT INTO stories_fts_docsize VALUES(1,X'050605');
INSERT INTO stories_fts_docsize VALUES(2,X'050000');
CREATE TABLE IF NOT EXISTS 'stories_fts_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO stories_fts_config VALUES('version',4);
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','decisions_fts','decisions_fts',0,'CREATE VIRTUAL TABLE decisions_fts USING fts5(
  title, description, rationale, content=''decisions'', content_rowid=''pk'', tokenize=''porter unicode61 remove_diacritics 2''
)');
CREATE TABLE IF NOT EXISTS 'decisions_fts_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO decisions_fts_data VALUES(1,X'020a0505');
INSERT INTO decisions_fts_data VALUES(10,X'000000000102020002010101020101');
INSERT INTO decisions_fts_data VALUES(137438953473,X'00000064023031010e06010106010206010864657363726970740106010105010165010e03010103010203010567726fc39f010e020101020102020108726174696f6e616c010601020501047469746c0102050106e6bca2e5ad97010e04010104010204040c0f0c100f09');
INSERT INTO decisions_fts_data VALUES(274877906945,X'0000002e023032020206010165020203010567726fc39f02020201047469746c0202050106e6bca2e5ad970202040406060a09');
CREATE TABLE IF NOT EXISTS 'decisions_fts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO decisions_fts_idx VALUES(1,X'',2);
INSERT INTO decisions_fts_idx VALUES(2,X'',2);
CREATE TABLE IF NOT EXISTS 'decisions_fts_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
INSERT INTO decisions_fts_docsize VALUES(1,X'050505');
INSERT INTO decisions_fts_docsize VALUES(2,X'050000');
CREATE TABLE IF NOT EXISTS 'decisions_fts_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO decisions_fts_config VALUES('version',4);
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','messages_fts','messages_fts',0,'CREATE VIRTUAL TABLE messages_fts USING fts5(
  content, content=''messages'', content_rowid=''pk'', tokenize=''porter unicode61 remove_diacritics 2''
)');
CREATE TABLE IF NOT EXISTS 'messages_fts_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO messages_fts_data VALUES(1,X'020a');
INSERT INTO messages_fts_data VALUES(10,X'000000000102020002010101020101');
INSERT INTO messages_fts_data VALUES(137438953473,X'000000310230310102060107636f6e74656e74010205010165010203010567726fc39f0102020106e6bca2e5ad9701020404060c060a');
INSERT INTO messages_fts_data VALUES(274877906945,X'000000310230320202060107636f6e74656e74020205010165020203010567726fc39f0202020106e6bca2e5ad9702020404060c060a');
CREATE TABLE IF NOT EXISTS 'messages_fts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO messages_fts_idx VALUES(1,X'',2);
INSERT INTO messages_fts_idx VALUES(2,X'',2);
CREATE TABLE IF NOT EXISTS 'messages_fts_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
INSERT INTO messages_fts_docsize VALUES(1,X'05');
INSERT INTO messages_fts_docsize VALUES(2,X'05');
CREATE TABLE IF NOT EXISTS 'messages_fts_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO messages_fts_config VALUES('version',4);
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','ai_requests_fts','ai_requests_fts',0,'CREATE VIRTUAL TABLE ai_requests_fts USING fts5(
  prompt_text, response_text, content=''ai_requests'', content_rowid=''pk'', tokenize=''porter unicode61 remove_diacritics 2''
)');
CREATE TABLE IF NOT EXISTS 'ai_requests_fts_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO ai_requests_fts_data VALUES(1,X'020206');
INSERT INTO ai_requests_fts_data VALUES(10,X'000000000102020002010101020101');
INSERT INTO ai_requests_fts_data VALUES(137438953473,X'0000004c02303101060101070101650106010103010567726fc39f01060101020101700102020107726573706f6e73010601010501047465787401060101060106e6bca2e5ad9701060101040408080c060e0b');
INSERT INTO ai_requests_fts_data VALUES(274877906945,X'0000000a02307002020204');
CREATE TABLE IF NOT EXISTS 'ai_requests_fts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO ai_requests_fts_idx VALUES(1,X'',2);
INSERT INTO ai_requests_fts_idx VALUES(2,X'',2);
CREATE TABLE IF NOT EXISTS 'ai_requests_fts_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
INSERT INTO ai_requests_fts_docsize VALUES(1,X'0106');
INSERT INTO ai_requests_fts_docsize VALUES(2,X'0100');
CREATE TABLE IF NOT EXISTS 'ai_requests_fts_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO ai_requests_fts_config VALUES('version',4);
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','documents_fts','documents_fts',0,'CREATE VIRTUAL TABLE documents_fts USING fts5(
  filename, display_name, extra_text, content=''documents'', content_rowid=''pk'', tokenize=''unicode61 remove_diacritics 2''
)');
CREATE TABLE IF NOT EXISTS 'documents_fts_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO documents_fts_data VALUES(1,X'02050606');
INSERT INTO documents_fts_data VALUES(10,X'000000000101010001010101');
INSERT INTO documents_fts_data VALUES(137438953473,X'0000007a023031010e060101070102070107646973706c61790106010105010165010e030101030102030204787472610106010205010866696c656e616d65010205010667726fc39f65010e0201010201020201046e616d65010601010601047465787401060102060106e6bca2e5ad97010e04010104010204040c0e0c0b0d110b0b');
CREATE TABLE IF NOT EXISTS 'documents_fts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO documents_fts_idx VALUES(1,X'',2);
CREATE TABLE IF NOT EXISTS 'documents_fts_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
INSERT INTO documents_fts_docsize VALUES(1,X'050606');
INSERT INTO documents_fts_docsize VALUES(2,X'000000');
CREATE TABLE IF NOT EXISTS 'documents_fts_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO documents_fts_config VALUES('version',4);
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','document_chunks_fts','document_chunks_fts',0,'CREATE VIRTUAL TABLE document_chunks_fts USING fts5(
  heading, chunk_text, content=''document_chunks'', content_rowid=''pk'', tokenize=''porter unicode61 remove_diacritics 2''
)');
CREATE TABLE IF NOT EXISTS 'document_chunks_fts_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO document_chunks_fts_data VALUES(1,X'02050c');
INSERT INTO document_chunks_fts_data VALUES(10,X'000000000102020002010101020101');
INSERT INTO document_chunks_fts_data VALUES(137438953473,X'0000005102303101080601010701056368756e6b0106010105010165010803010103010567726fc39f01080201010201046865616401020501047465787401060101060106e6bca2e5ad9701080401010404090c090d090b');
INSERT INTO document_chunks_fts_data VALUES(274877906945,X'00000044023032020601010701056368756e6b02060101050101650206010103010567726fc39f020601010201047465787402060101060106e6bca2e5ad97020601010404080c080c0b');
CREATE TABLE IF NOT EXISTS 'document_chunks_fts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO document_chunks_fts_idx VALUES(1,X'',2);
INSERT INTO document_chunks_fts_idx VALUES(2,X'',2);
CREATE TABLE IF NOT EXISTS 'document_chunks_fts_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
INSERT INTO document_chunks_fts_docsize VALUES(1,X'0506');
INSERT INTO document_chunks_fts_docsize VALUES(2,X'0006');
CREATE TABLE IF NOT EXISTS 'document_chunks_fts_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO document_chunks_fts_config VALUES('version',4);
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','document_chunks_trigram','document_chunks_trigram',0,'CREATE VIRTUAL TABLE document_chunks_trigram USING fts5(
  heading, chunk_text, content=''v_trigram_chunks'', content_rowid=''pk'', tokenize=''trigram''
)');
CREATE TABLE IF NOT EXISTS 'document_chunks_trigram_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO document_chunks_trigram_data VALUES(1,X'');
INSERT INTO document_chunks_trigram_data VALUES(10,X'00000000000000');
CREATE TABLE IF NOT EXISTS 'document_chunks_trigram_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS 'document_chunks_trigram_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
CREATE TABLE IF NOT EXISTS 'document_chunks_trigram_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO document_chunks_trigram_config VALUES('version',4);
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','code_examples_fts','code_examples_fts',0,'CREATE VIRTUAL TABLE code_examples_fts USING fts5(
  title, description, code_content, identifiers, content=''code_examples'', content_rowid=''pk'',
  tokenize="unicode61 remove_diacritics 2 tokenchars ''_''"
)');
CREATE TABLE IF NOT EXISTS 'code_examples_fts_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO code_examples_fts_data VALUES(1,X'020a050a04');
INSERT INTO code_examples_fts_data VALUES(10,X'000000000102020002010101020101');
INSERT INTO code_examples_fts_data VALUES(137438953473,X'00000080023031010e060101060102060104636f6465010601030205085f636f6e74656e74010601020503056e74656e740106010303010b6465736372697074696f6e0106010105010165010e03010103010203010667726fc39f65010e0201010201020201057469746c650102050106e6bca2e5ad97010e04010104010204040c0b0f0c120c110a');
INSERT INTO code_examples_fts_data VALUES(274877906945,X'000000620230320208060102060104636f6465020601030205085f636f6e74656e74020601020503056e74656e740206010303010165020803010203010667726fc39f6502080201020201057469746c650202050106e6bca2e5ad9702080401020404090b0f0c090e0a');
CREATE TABLE IF NOT EXISTS 'code_examples_fts_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO code_examples_fts_idx VALUES(1,X'',2);
INSERT INTO code_examples_fts_idx VALUES(2,X'',2);
CREATE TABLE IF NOT EXISTS 'code_examples_fts_docsize'(id INTEGER PRIMARY KEY, sz BLOB);
INSERT INTO code_examples_fts_docsize VALUES(1,X'05050502');
INSERT INTO code_examples_fts_docsize VALUES(2,X'05000502');
CREATE TABLE IF NOT EXISTS 'code_examples_fts_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO code_examples_fts_config VALUES('version',4);
CREATE TABLE embedding_queue (
  kind TEXT NOT NULL CHECK (kind IN ('decisions','stories','code_examples','messages','ai_requests')),
  row_pk INTEGER NOT NULL,
  PRIMARY KEY (kind, row_pk)
) STRICT, WITHOUT ROWID;
INSERT INTO embedding_queue VALUES('ai_requests',1);
INSERT INTO embedding_queue VALUES('ai_requests',2);
INSERT INTO embedding_queue VALUES('code_examples',1);
INSERT INTO embedding_queue VALUES('code_examples',2);
INSERT INTO embedding_queue VALUES('decisions',1);
INSERT INTO embedding_queue VALUES('decisions',2);
INSERT INTO embedding_queue VALUES('messages',1);
INSERT INTO embedding_queue VALUES('messages',2);
INSERT INTO embedding_queue VALUES('stories',1);
INSERT INTO embedding_queue VALUES('stories',2);
CREATE TABLE retention_policies (
  class TEXT NOT NULL PRIMARY KEY CHECK (class IN ('logs','projects','sessions','cache','documents')),
  keep_days INTEGER CHECK (keep_days BETWEEN 0 AND 36500),
  updated_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO retention_policies VALUES('cache',0,NULL);
INSERT INTO retention_policies VALUES('documents',NULL,NULL);
INSERT INTO retention_policies VALUES('logs',30,NULL);
INSERT INTO retention_policies VALUES('projects',90,NULL);
INSERT INTO retention_policies VALUES('sessions',1,NULL);
CREATE TABLE dynamic_config (
  origin TEXT NOT NULL PRIMARY KEY REFERENCES systems(code),
  active_pipeline TEXT DEFAULT 'QAPipeline',
  active_model TEXT DEFAULT 'openai/gpt-4o',
  temperature REAL DEFAULT 0.7,
  max_tokens INTEGER DEFAULT 4096,
  system_prompt TEXT,
  top_p REAL DEFAULT 0.9,
  top_k INTEGER DEFAULT 50,
  repetition_penalty REAL DEFAULT 1.0,
  active_condense_prompt TEXT DEFAULT 'default',
  active_chat_prompt TEXT DEFAULT 'default',
  active_system_prompt TEXT DEFAULT 'default',
  num_documents_to_retrieve INTEGER DEFAULT 10,
  use_hybrid_search INTEGER DEFAULT 1 CHECK (use_hybrid_search IN (0,1)),
  bm25_weight REAL DEFAULT 0.3,
  semantic_weight REAL DEFAULT 0.7,
  ingestion_schedule TEXT DEFAULT '',
  verbosity INTEGER DEFAULT 3,
  updated_at INTEGER NOT NULL,
  updated_by TEXT,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT, WITHOUT ROWID;
INSERT INTO dynamic_config VALUES('archi','Größe é 漢字 𝄞 ''"; -- active_pipeline 1','Größe é 漢字 𝄞 ''"; -- active_model 1',1.1000000000000000888,1,'Größe é 漢字 𝄞 ''"; -- system_prompt 1',1.1000000000000000888,1,1.1000000000000000888,'Größe é 漢字 𝄞 ''"; -- active_condense_prompt 1','Größe é 漢字 𝄞 ''"; -- active_chat_prompt 1','Größe é 漢字 𝄞 ''"; -- active_system_prompt 1',1,0,1.1000000000000000888,1.1000000000000000888,'Größe é 漢字 𝄞 ''"; -- ingestion_schedule 1',1,1769769000123457,'Größe é 漢字 𝄞 ''"; -- updated_by 1','{"ü":[1,null,"𝄞",""]}');
INSERT INTO dynamic_config VALUES('local','QAPipeline','openai/gpt-4o',0.69999999999999995559,4096,NULL,0.9000000000000000222,50,1.0,'default','default','default',10,1,0.29999999999999998889,0.69999999999999995559,'',3,1769769000123458,NULL,NULL);
CREATE TABLE vector_graphs (
  collection_id TEXT NOT NULL REFERENCES vector_collections(id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,
  part INTEGER NOT NULL CHECK (part >= 0),
  bytes BLOB NOT NULL,
  PRIMARY KEY (collection_id, generation, part)
) STRICT;
CREATE TABLE stored_searches (
  pk INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT REFERENCES users(id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('judged','replay')),
  question TEXT NOT NULL,
  sources TEXT CHECK (sources IS NULL OR json_valid(sources)),
  answer TEXT,
  source_match_field TEXT CHECK (source_match_field IS NULL OR json_valid(source_match_field)),
  result TEXT CHECK (result IS NULL OR json_valid(result)),
  created_at INTEGER,
  extra TEXT CHECK (extra IS NULL OR json_valid(extra))
) STRICT;
INSERT INTO stored_searches VALUES(1,'stored_searches-1','users-1','judged','Größe é 漢字 𝄞 ''"; -- question 1','{"ü":[1,null,"𝄞",""]}','Größe é 漢字 𝄞 ''"; -- answer 1','{"ü":[1,null,"𝄞",""]}','{"ü":[1,null,"𝄞",""]}',1769769000123457,'{"ü":[1,null,"𝄞",""]}');
INSERT INTO stored_searches VALUES(2,'stored_searches-2',NULL,'judged','Größe é 漢字 𝄞 ''"; -- question 2',NULL,NULL,NULL,NULL,NULL,NULL);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('audit_log',2);
CREATE UNIQUE INDEX ux_users_github ON users(origin, github_id) WHERE github_id IS NOT NULL;
CREATE UNIQUE INDEX ux_users_origin ON users(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE UNIQUE INDEX ux_users_email ON users(origin, email) WHERE email IS NOT NULL AND origin <> 'archi';
CREATE INDEX ix_users_email ON users(email) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX ux_users_username ON users(origin, username) WHERE username IS NOT NULL;
CREATE INDEX ix_users_status ON users(status);
CREATE INDEX ix_users_role ON users(role);
CREATE INDEX ix_users_created ON users(created_at);
CREATE UNIQUE INDEX ux_auth_sessions_origin ON auth_sessions(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE UNIQUE INDEX ux_auth_sessions_token ON auth_sessions(token_hash) WHERE token_hash IS NOT NULL;
CREATE INDEX ix_auth_sessions_user ON auth_sessions(user_id);
CREATE INDEX ix_auth_sessions_expires ON auth_sessions(expires_at);
CREATE UNIQUE INDEX ux_api_keys_origin ON api_keys(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE UNIQUE INDEX ux_api_keys_hash ON api_keys(key_hash) WHERE key_hash IS NOT NULL;
CREATE UNIQUE INDEX ux_api_keys_provider ON api_keys(user_id, provider) WHERE kind = 'provider';
CREATE UNIQUE INDEX ux_teams_origin ON teams(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_user_teams_team ON user_teams(team_id);
CREATE UNIQUE INDEX ux_projects_origin ON projects(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE UNIQUE INDEX ux_projects_owner_name ON projects(owner_id, name) WHERE origin = 'gemini_ea' AND deleted_at IS NULL;
CREATE INDEX ix_projects_owner ON projects(owner_id);
CREATE INDEX ix_projects_status ON projects(status);
CREATE INDEX ix_projects_name ON projects(name);
CREATE INDEX ix_projects_created ON projects(created_at);
CREATE INDEX ix_entity_tags_tag ON entity_tags(tag_id, entity_type);
CREATE UNIQUE INDEX ux_epics_origin ON epics(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_epics_project ON epics(project_id);
CREATE INDEX ix_epics_status ON epics(status);
CREATE INDEX ix_sprints_project ON sprints(project_id);
CREATE UNIQUE INDEX ux_sprints_origin ON sprints(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE UNIQUE INDEX ux_stories_origin ON stories(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_stories_project_status_priority ON stories(project_id, status, priority);
CREATE INDEX ix_stories_list ON stories(project_id, created_at, title, priority, status, story_points);
CREATE INDEX ix_stories_epic ON stories(epic_id);
CREATE INDEX ix_stories_assignee ON stories(assignee_id);
CREATE INDEX ix_stories_sprint ON stories(sprint_id);
CREATE INDEX ix_stories_status ON stories(status);
CREATE INDEX ix_story_dependencies_target ON story_dependencies(depends_on_id) WHERE depends_on_id IS NOT NULL;
CREATE INDEX ix_tasks_assignee ON tasks(assignee_id) WHERE assignee_id IS NOT NULL;
CREATE UNIQUE INDEX ux_tasks_origin ON tasks(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_tasks_story ON tasks(story_id, position);
CREATE INDEX ix_decisions_project ON decisions(project_id) WHERE project_id IS NOT NULL;
CREATE UNIQUE INDEX ux_decisions_origin ON decisions(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_decisions_user_created ON decisions(user_id, created_at);
CREATE INDEX ix_decisions_status ON decisions(status);
CREATE UNIQUE INDEX ux_code_examples_origin ON code_examples(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_code_examples_language ON code_examples(language);
CREATE INDEX ix_code_examples_decision ON code_examples(decision_id);
CREATE INDEX ix_code_examples_user ON code_examples(user_id);
CREATE UNIQUE INDEX ux_validations_origin ON validations(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_validations_project_date ON validations(project_id, validation_date);
CREATE INDEX ix_validation_errors_validation ON validation_errors(validation_id, position);
CREATE UNIQUE INDEX ux_cloud_estimates_origin ON cloud_estimates(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_cloud_estimates_project_date ON cloud_estimates(project_id, estimate_date);
CREATE UNIQUE INDEX ux_achievements_origin ON achievements(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_achievements_user ON achievements(user_id);
CREATE INDEX ix_achievements_type ON achievements(achievement_type);
CREATE UNIQUE INDEX ux_documents_origin ON documents(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE UNIQUE INDEX ux_documents_resource ON documents(origin, resource_hash) WHERE resource_hash IS NOT NULL;
CREATE UNIQUE INDEX ux_documents_content ON documents(origin, ifnull(owner_id, ''), content_hash) WHERE content_hash IS NOT NULL;
CREATE INDEX ix_documents_owner_category ON documents(owner_id, category);
CREATE INDEX ix_documents_project ON documents(project_id);
CREATE INDEX ix_documents_status ON documents(status);
CREATE INDEX ix_documents_source ON documents(source_type);
CREATE INDEX ix_documents_live ON documents(id) WHERE is_deleted = 0;
CREATE UNIQUE INDEX ux_document_chunks_origin ON document_chunks(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE UNIQUE INDEX ux_code_symbols_origin ON code_symbols(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_code_symbols_file ON code_symbols(project_id, file_path);
CREATE INDEX ix_vector_points_chunk ON vector_points(chunk_id);
CREATE INDEX ix_vector_points_symbol ON vector_points(code_symbol_id);
CREATE TRIGGER vector_points_dims_bi BEFORE INSERT ON vector_points
WHEN length(NEW.vector) <> 4 * (SELECT dims FROM vector_collections WHERE id = NEW.collection_id)
BEGIN
  SELECT RAISE(ABORT, 'vector length does not match collection dims');
END;
CREATE TRIGGER vector_points_dims_bu BEFORE UPDATE OF vector, collection_id ON vector_points
WHEN length(NEW.vector) <> 4 * (SELECT dims FROM vector_collections WHERE id = NEW.collection_id)
BEGIN
  SELECT RAISE(ABORT, 'vector length does not match collection dims');
END;
CREATE TRIGGER vector_collections_dims_bu BEFORE UPDATE OF dims ON vector_collections
WHEN NEW.dims <> OLD.dims AND EXISTS (SELECT 1 FROM vector_points WHERE collection_id = OLD.id)
BEGIN
  SELECT RAISE(ABORT, 'dims of a collection that holds points cannot change');
END;
CREATE UNIQUE INDEX ux_conversations_origin ON conversations(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_conversations_user ON conversations(user_id, last_message_at);
CREATE INDEX ix_conversations_client ON conversations(client_id);
CREATE INDEX ix_conversations_project ON conversations(project_id);
CREATE INDEX ix_conversations_status ON conversations(status);
CREATE INDEX ix_messages_legacy_config ON messages(legacy_config_id) WHERE legacy_config_id IS NOT NULL;
CREATE UNIQUE INDEX ux_messages_origin ON messages(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_messages_conversation ON messages(conversation_id, created_at);
CREATE INDEX ix_messages_user ON messages(user_id);
CREATE INDEX ix_messages_role ON messages(role);
CREATE INDEX ix_messages_created ON messages(created_at);
CREATE INDEX ix_messages_model ON messages(model_used);
CREATE INDEX ix_feedback_user ON feedback(user_id) WHERE user_id IS NOT NULL;
CREATE INDEX ix_agent_traces_user_msg ON agent_traces(user_message_id) WHERE user_message_id IS NOT NULL;
CREATE INDEX ix_agent_traces_conv ON agent_traces(conversation_id);
CREATE INDEX ix_agent_traces_msg ON agent_traces(message_id);
CREATE INDEX ix_agent_traces_running ON agent_traces(conversation_id) WHERE status = 'running';
CREATE INDEX ix_tool_calls_trace ON agent_tool_calls(trace_id) WHERE trace_id IS NOT NULL;
CREATE UNIQUE INDEX ux_agent_tool_calls_origin ON agent_tool_calls(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_tool_calls_message ON agent_tool_calls(message_id, step_number);
CREATE INDEX ix_tool_calls_conv ON agent_tool_calls(conversation_id);
CREATE INDEX ix_tool_calls_tool ON agent_tool_calls(tool_name);
CREATE INDEX ix_ab_prompt ON ab_comparisons(user_prompt_message_id);
CREATE INDEX ix_ab_response_a ON ab_comparisons(response_a_message_id);
CREATE INDEX ix_ab_response_b ON ab_comparisons(response_b_message_id);
CREATE INDEX ix_ab_config_a ON ab_comparisons(legacy_config_a_id) WHERE legacy_config_a_id IS NOT NULL;
CREATE INDEX ix_ab_config_b ON ab_comparisons(legacy_config_b_id) WHERE legacy_config_b_id IS NOT NULL;
CREATE UNIQUE INDEX ux_ab_comparisons_origin ON ab_comparisons(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_ab_conv ON ab_comparisons(conversation_id);
CREATE INDEX ix_ab_models ON ab_comparisons(model_a, model_b);
CREATE INDEX ix_ab_pending ON ab_comparisons(conversation_id) WHERE preference IS NULL;
CREATE UNIQUE INDEX ux_ai_requests_origin ON ai_requests(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_ai_requests_user_created ON ai_requests(user_id, created_at);
CREATE INDEX ix_ai_requests_project ON ai_requests(project_id);
CREATE INDEX ix_ai_requests_status ON ai_requests(status);
CREATE INDEX ix_ai_requests_agent ON ai_requests(agent_type) WHERE agent_type IS NOT NULL;
CREATE INDEX ix_ai_requests_created ON ai_requests(created_at);
CREATE INDEX ix_user_document_defaults_doc ON user_document_defaults(document_id);
CREATE INDEX ix_conversation_document_overrides_doc ON conversation_document_overrides(document_id);
CREATE UNIQUE INDEX ux_audit_origin ON audit_log(origin, origin_table, origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX ix_audit_user_created ON audit_log(user_id, created_at);
CREATE INDEX ix_audit_action_created ON audit_log(action, created_at);
CREATE INDEX ix_audit_resource ON audit_log(resource_type, resource_id);
CREATE INDEX ix_audit_created ON audit_log(created_at);
CREATE INDEX ix_cache_expires ON cache_entries(expires_at);
CREATE UNIQUE INDEX ux_migration_state_origin ON migration_state(origin, origin_id) WHERE origin_id IS NOT NULL;
CREATE TRIGGER projects_tags_ad AFTER DELETE ON projects BEGIN
  DELETE FROM entity_tags WHERE entity_type = 'project' AND entity_id = OLD.id;
END;
CREATE TRIGGER stories_tags_ad AFTER DELETE ON stories BEGIN
  DELETE FROM entity_tags WHERE entity_type = 'story' AND entity_id = OLD.id;
END;
CREATE TRIGGER decisions_tags_ad AFTER DELETE ON decisions BEGIN
  DELETE FROM entity_tags WHERE entity_type = 'decision' AND entity_id = OLD.id;
END;
CREATE TRIGGER code_examples_tags_ad AFTER DELETE ON code_examples BEGIN
  DELETE FROM entity_tags WHERE entity_type = 'code_example' AND entity_id = OLD.id;
END;
CREATE TRIGGER documents_tags_ad AFTER DELETE ON documents BEGIN
  DELETE FROM entity_tags WHERE entity_type = 'document' AND entity_id = OLD.id;
END;
CREATE TRIGGER stories_fts_ai AFTER INSERT ON stories BEGIN
  INSERT INTO stories_fts(rowid, title, user_story, description)
  VALUES (NEW.pk, NEW.title, NEW.user_story, NEW.description);
END;
CREATE TRIGGER stories_fts_ad AFTER DELETE ON stories BEGIN
  INSERT INTO stories_fts(stories_fts, rowid, title, user_story, description)
  VALUES ('delete', OLD.pk, OLD.title, OLD.user_story, OLD.description);
END;
CREATE TRIGGER decisions_fts_ai AFTER INSERT ON decisions BEGIN
  INSERT INTO decisions_fts(rowid, title, description, rationale)
  VALUES (NEW.pk, NEW.title, NEW.description, NEW.rationale);
END;
CREATE TRIGGER decisions_fts_ad AFTER DELETE ON decisions BEGIN
  INSERT INTO decisions_fts(decisions_fts, rowid, title, description, rationale)
  VALUES ('delete', OLD.pk, OLD.title, OLD.description, OLD.rationale);
END;
CREATE TRIGGER messages_fts_ai AFTER INSERT ON messages BEGIN
  INSERT INTO messages_fts(rowid, content)
  VALUES (NEW.pk, NEW.content);
END;
CREATE TRIGGER messages_fts_ad AFTER DELETE ON messages BEGIN
  INSERT INTO messages_fts(messages_fts, rowid, content)
  VALUES ('delete', OLD.pk, OLD.content);
END;
CREATE TRIGGER messages_fts_au AFTER UPDATE OF pk, content ON messages BEGIN
  INSERT INTO messages_fts(messages_fts, rowid, content)
  VALUES ('delete', OLD.pk, OLD.content);
  INSERT INTO messages_fts(rowid, content)
  VALUES (NEW.pk, NEW.content);
END;
CREATE TRIGGER ai_requests_fts_ai AFTER INSERT ON ai_requests BEGIN
  INSERT INTO ai_requests_fts(rowid, prompt_text, response_text)
  VALUES (NEW.pk, NEW.prompt_text, NEW.response_text);
END;
CREATE TRIGGER ai_requests_fts_ad AFTER DELETE ON ai_requests BEGIN
  INSERT INTO ai_requests_fts(ai_requests_fts, rowid, prompt_text, response_text)
  VALUES ('delete', OLD.pk, OLD.prompt_text, OLD.response_text);
END;
CREATE TRIGGER ai_requests_fts_au AFTER UPDATE OF pk, prompt_text, response_text ON ai_requests BEGIN
  INSERT INTO ai_requests_fts(ai_requests_fts, rowid, prompt_text, response_text)
  VALUES ('delete', OLD.pk, OLD.prompt_text, OLD.response_text);
  INSERT INTO ai_requests_fts(rowid, prompt_text, response_text)
  VALUES (NEW.pk, NEW.prompt_text, NEW.response_text);
END;
CREATE TRIGGER documents_fts_ai AFTER INSERT ON documents BEGIN
  INSERT INTO documents_fts(rowid, filename, display_name, extra_text)
  VALUES (NEW.pk, NEW.filename, NEW.display_name, NEW.extra_text);
END;
CREATE TRIGGER documents_fts_ad AFTER DELETE ON documents BEGIN
  INSERT INTO documents_fts(documents_fts, rowid, filename, display_name, extra_text)
  VALUES ('delete', OLD.pk, OLD.filename, OLD.display_name, OLD.extra_text);
END;
CREATE TRIGGER document_chunks_fts_ai AFTER INSERT ON document_chunks BEGIN
  INSERT INTO document_chunks_fts(rowid, heading, chunk_text)
  VALUES (NEW.pk, NEW.heading, NEW.chunk_text);
END;
CREATE TRIGGER document_chunks_fts_ad AFTER DELETE ON document_chunks BEGIN
  INSERT INTO document_chunks_fts(document_chunks_fts, rowid, heading, chunk_text)
  VALUES ('delete', OLD.pk, OLD.heading, OLD.chunk_text);
END;
CREATE TRIGGER document_chunks_fts_au AFTER UPDATE OF pk, heading, chunk_text ON document_chunks BEGIN
  INSERT INTO document_chunks_fts(document_chunks_fts, rowid, heading, chunk_text)
  VALUES ('delete', OLD.pk, OLD.heading, OLD.chunk_text);
  INSERT INTO document_chunks_fts(rowid, heading, chunk_text)
  VALUES (NEW.pk, NEW.heading, NEW.chunk_text);
END;
CREATE VIEW v_trigram_chunks AS
SELECT pk, heading, chunk_text FROM document_chunks WHERE script IN ('cjk', 'code');
CREATE TRIGGER document_chunks_trigram_ai AFTER INSERT ON document_chunks
WHEN NEW.script IN ('cjk', 'code') BEGIN
  INSERT INTO document_chunks_trigram(rowid, heading, chunk_text)
  VALUES (NEW.pk, NEW.heading, NEW.chunk_text);
END;
CREATE TRIGGER document_chunks_trigram_ad AFTER DELETE ON document_chunks
WHEN OLD.script IN ('cjk', 'code') BEGIN
  INSERT INTO document_chunks_trigram(document_chunks_trigram, rowid, heading, chunk_text)
  VALUES ('delete', OLD.pk, OLD.heading, OLD.chunk_text);
END;
CREATE TRIGGER document_chunks_trigram_au AFTER UPDATE OF pk, heading, chunk_text, script ON document_chunks
WHEN OLD.script IN ('cjk', 'code') OR NEW.script IN ('cjk', 'code') BEGIN
  INSERT INTO document_chunks_trigram(document_chunks_trigram, rowid, heading, chunk_text)
  SELECT 'delete', OLD.pk, OLD.heading, OLD.chunk_text WHERE OLD.script IN ('cjk', 'code');
  INSERT INTO document_chunks_trigram(rowid, heading, chunk_text)
  SELECT NEW.pk, NEW.heading, NEW.chunk_text WHERE NEW.script IN ('cjk', 'code');
END;
CREATE VIEW v_effective_documents AS
SELECT
  c.id AS conversation_id,
  c.user_id,
  d.id AS document_id,
  COALESCE(o.enabled, u.enabled, 1) AS enabled,
  CASE WHEN o.enabled IS NOT NULL THEN 'conversation' WHEN u.enabled IS NOT NULL THEN 'user' ELSE 'global' END AS tier
FROM conversations c
CROSS JOIN documents d
LEFT JOIN conversation_document_overrides o ON o.conversation_id = c.id AND o.document_id = d.id
LEFT JOIN user_document_defaults u ON u.user_id = c.user_id AND u.document_id = d.id
WHERE d.is_deleted = 0;
CREATE VIEW v_project_stories AS
SELECT
  s.*,
  trim(COALESCE(u.first_name, '') || ' ' || COALESCE(u.last_name, '')) AS creator_name,
  CASE s.priority WHEN 'critical' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 WHEN 'low' THEN 4 ELSE 5 END
    AS priority_rank
FROM stories s
LEFT JOIN users u ON u.id = s.created_by;
CREATE VIEW v_user_activity AS
SELECT
  u.id AS user_id,
  (SELECT count(*) FROM stories s
    WHERE s.created_by = u.id AND s.created_at > unixepoch('now', '-7 days') * 1000000) AS stories_this_week,
  (SELECT count(*) FROM ai_requests r
    WHERE r.user_id = u.id AND r.created_at > unixepoch('now', '-7 days') * 1000000) AS requests_this_week,
  (SELECT max(s.created_at) FROM stories s WHERE s.created_by = u.id) AS last_story_created
FROM users u;
CREATE TRIGGER code_examples_fts_ai AFTER INSERT ON code_examples BEGIN
  INSERT INTO code_examples_fts(rowid, title, description, code_content, identifiers)
  SELECT pk, title, description, code_content, identifiers FROM code_examples WHERE pk = NEW.pk;
END;
CREATE TRIGGER code_examples_fts_ad AFTER DELETE ON code_examples BEGIN
  INSERT INTO code_examples_fts(code_examples_fts, rowid, title, description, code_content, identifiers)
  VALUES ('delete', OLD.pk, OLD.title, OLD.description, OLD.code_content, OLD.identifiers);
END;
CREATE TRIGGER code_examples_fts_au AFTER UPDATE OF pk, title, description, code_content ON code_examples
WHEN NEW.pk <> OLD.pk OR NEW.description IS NOT OLD.description OR NEW.code_content IS NOT OLD.code_content
  OR trim(NEW.title, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) IS NOT
    trim(OLD.title, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) BEGIN
  INSERT INTO code_examples_fts(code_examples_fts, rowid, title, description, code_content, identifiers)
  VALUES ('delete', OLD.pk, OLD.title, OLD.description, OLD.code_content, OLD.identifiers);
  INSERT INTO code_examples_fts(rowid, title, description, code_content, identifiers)
  SELECT pk, title, description, code_content, identifiers FROM code_examples WHERE pk = NEW.pk;
END;
CREATE TRIGGER code_examples_fts_iu AFTER UPDATE OF identifiers ON code_examples
WHEN NEW.identifiers IS NOT OLD.identifiers AND NEW.updated_at IS OLD.updated_at
  AND NEW.pk = OLD.pk AND NEW.title IS OLD.title AND NEW.description IS OLD.description AND NEW.code_content IS OLD.code_content
  AND EXISTS (SELECT 1 FROM code_examples_fts_docsize WHERE id = OLD.pk) BEGIN
  INSERT INTO code_examples_fts(code_examples_fts, rowid, title, description, code_content, identifiers)
  VALUES ('delete', OLD.pk, OLD.title, OLD.description, OLD.code_content, OLD.identifiers);
  INSERT INTO code_examples_fts(rowid, title, description, code_content, identifiers)
  SELECT pk, title, description, code_content, identifiers FROM code_examples WHERE pk = NEW.pk;
END;
CREATE TRIGGER decisions_vector_ai AFTER INSERT ON decisions BEGIN
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('decisions', NEW.pk);
END;
CREATE TRIGGER stories_vector_ai AFTER INSERT ON stories BEGIN
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('stories', NEW.pk);
END;
CREATE TRIGGER code_examples_vector_ai AFTER INSERT ON code_examples BEGIN
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('code_examples', NEW.pk);
END;
CREATE TRIGGER messages_vector_ai AFTER INSERT ON messages BEGIN
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('messages', NEW.pk);
END;
CREATE TRIGGER ai_requests_vector_ai AFTER INSERT ON ai_requests BEGIN
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('ai_requests', NEW.pk);
END;
CREATE INDEX ix_ai_requests_user_ms ON ai_requests(
  user_id, duration * CASE duration_unit WHEN 's' THEN 1000 ELSE 1 END, duration, duration_unit, status, tokens_used, created_at
);
CREATE INDEX ix_stories_created_by ON stories(created_by, created_at);
CREATE INDEX ix_agent_traces_started ON agent_traces(started_at);
CREATE INDEX ix_audit_actor ON audit_log(actor, created_at) WHERE actor IS NOT NULL;
CREATE INDEX ix_cloud_estimates_date ON cloud_estimates(estimate_date);
CREATE INDEX ix_conversations_created ON conversations(created_at);
CREATE INDEX ix_documents_content_hash ON documents(content_hash) WHERE content_hash IS NOT NULL;
CREATE INDEX ix_projects_phase ON projects(phase) WHERE phase IS NOT NULL;
CREATE INDEX ix_stories_created ON stories(created_at);
CREATE INDEX ix_stories_priority ON stories(priority) WHERE priority IS NOT NULL;
CREATE INDEX ix_users_username ON users(username) WHERE username IS NOT NULL;
CREATE INDEX ix_validations_date ON validations(validation_date);
CREATE INDEX ix_cache_lru ON cache_entries(last_used_at, bytes);
CREATE TRIGGER stories_fts_au AFTER UPDATE OF pk, title, user_story, description ON stories
WHEN NEW.pk <> OLD.pk OR NEW.user_story IS NOT OLD.user_story OR NEW.description IS NOT OLD.description
  OR trim(NEW.title, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) IS NOT
    trim(OLD.title, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) BEGIN
  INSERT INTO stories_fts(stories_fts, rowid, title, user_story, description)
  VALUES ('delete', OLD.pk, OLD.title, OLD.user_story, OLD.description);
  INSERT INTO stories_fts(rowid, title, user_story, description)
  VALUES (NEW.pk, NEW.title, NEW.user_story, NEW.description);
END;
CREATE TRIGGER decisions_fts_au AFTER UPDATE OF pk, title, description, rationale ON decisions
WHEN NEW.pk <> OLD.pk OR NEW.description IS NOT OLD.description OR NEW.rationale IS NOT OLD.rationale
  OR trim(NEW.title, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) IS NOT
    trim(OLD.title, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) BEGIN
  INSERT INTO decisions_fts(decisions_fts, rowid, title, description, rationale)
  VALUES ('delete', OLD.pk, OLD.title, OLD.description, OLD.rationale);
  INSERT INTO decisions_fts(rowid, title, description, rationale)
  VALUES (NEW.pk, NEW.title, NEW.description, NEW.rationale);
END;
CREATE TRIGGER documents_fts_au AFTER UPDATE OF pk, filename, display_name, extra_text ON documents
WHEN NEW.pk <> OLD.pk OR NEW.display_name IS NOT OLD.display_name OR NEW.extra_text IS NOT OLD.extra_text
  OR trim(NEW.filename, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) IS NOT
    trim(OLD.filename, char(9,10,11,12,13,28,29,30,31,32,133,160,5760,8192,8193,8194,8195,8196,8197,8198,8199,8200,8201,8202,8232,8233,8239,8287,12288)) BEGIN
  INSERT INTO documents_fts(documents_fts, rowid, filename, display_name, extra_text)
  VALUES ('delete', OLD.pk, OLD.filename, OLD.display_name, OLD.extra_text);
  INSERT INTO documents_fts(rowid, filename, display_name, extra_text)
  VALUES (NEW.pk, NEW.filename, NEW.display_name, NEW.extra_text);
END;
CREATE TRIGGER decisions_vector_ad AFTER DELETE ON decisions BEGIN
  DELETE FROM embedding_queue WHERE kind = 'decisions' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:decisions', 'archivolt:decisions:new', 'archivolt:decisions:old'));
END;
CREATE TRIGGER decisions_vector_au AFTER UPDATE OF pk, id, title, description, rationale ON decisions
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.description IS NOT OLD.description OR NEW.rationale IS NOT OLD.rationale BEGIN
  DELETE FROM embedding_queue WHERE kind = 'decisions' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:decisions', 'archivolt:decisions:new', 'archivolt:decisions:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('decisions', NEW.pk);
END;
CREATE TRIGGER stories_vector_ad AFTER DELETE ON stories BEGIN
  DELETE FROM embedding_queue WHERE kind = 'stories' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:stories', 'archivolt:stories:new', 'archivolt:stories:old'));
END;
CREATE TRIGGER stories_vector_au AFTER UPDATE OF pk, id, title, user_story, description ON stories
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.user_story IS NOT OLD.user_story OR NEW.description IS NOT OLD.description BEGIN
  DELETE FROM embedding_queue WHERE kind = 'stories' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:stories', 'archivolt:stories:new', 'archivolt:stories:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('stories', NEW.pk);
END;
CREATE TRIGGER code_examples_vector_ad AFTER DELETE ON code_examples BEGIN
  DELETE FROM embedding_queue WHERE kind = 'code_examples' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:code_examples', 'archivolt:code_examples:new', 'archivolt:code_examples:old'));
END;
CREATE TRIGGER code_examples_vector_au AFTER UPDATE OF pk, id, title, description, code_content ON code_examples
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.title IS NOT OLD.title OR NEW.description IS NOT OLD.description OR NEW.code_content IS NOT OLD.code_content BEGIN
  DELETE FROM embedding_queue WHERE kind = 'code_examples' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:code_examples', 'archivolt:code_examples:new', 'archivolt:code_examples:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('code_examples', NEW.pk);
END;
CREATE TRIGGER messages_vector_ad AFTER DELETE ON messages BEGIN
  DELETE FROM embedding_queue WHERE kind = 'messages' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:messages', 'archivolt:messages:new', 'archivolt:messages:old'));
END;
CREATE TRIGGER messages_vector_au AFTER UPDATE OF pk, id, content ON messages
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.content IS NOT OLD.content BEGIN
  DELETE FROM embedding_queue WHERE kind = 'messages' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:messages', 'archivolt:messages:new', 'archivolt:messages:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('messages', NEW.pk);
END;
CREATE TRIGGER ai_requests_vector_ad AFTER DELETE ON ai_requests BEGIN
  DELETE FROM embedding_queue WHERE kind = 'ai_requests' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:ai_requests', 'archivolt:ai_requests:new', 'archivolt:ai_requests:old'));
END;
CREATE TRIGGER ai_requests_vector_au AFTER UPDATE OF pk, id, prompt_text, response_text ON ai_requests
WHEN NEW.pk <> OLD.pk OR NEW.id IS NOT OLD.id OR NEW.prompt_text IS NOT OLD.prompt_text OR NEW.response_text IS NOT OLD.response_text BEGIN
  DELETE FROM embedding_queue WHERE kind = 'ai_requests' AND row_pk = OLD.pk;
  DELETE FROM vector_points WHERE point_uid = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name IN ('archivolt:ai_requests', 'archivolt:ai_requests:new', 'archivolt:ai_requests:old'));
  INSERT OR IGNORE INTO embedding_queue (kind, row_pk) VALUES ('ai_requests', NEW.pk);
END;
CREATE TRIGGER document_chunks_vector_au AFTER UPDATE OF chunk_text, heading ON document_chunks
WHEN NEW.chunk_text IS NOT OLD.chunk_text OR NEW.heading IS NOT OLD.heading BEGIN
  DELETE FROM vector_points WHERE chunk_id = OLD.id
    AND collection_id IN (SELECT id FROM vector_collections WHERE origin = 'local' AND name = 'archivolt:document_chunks:new');
END;
CREATE INDEX ix_stored_searches_user ON stored_searches(user_id, kind, question);
PRAGMA writable_schema=OFF;
COMMIT;
PRAGMA application_id = 1098280052;
PRAGMA user_version = 3;
