SET x = 1;
CREATE TABLE t (a int, b text);
INSERT INTO t VALUES (1, 'it''s'), (-2.5, E'a\'b\n'), (DEFAULT, $q$x'$q$::text);
INSERT INTO public.t (b) VALUES (ARRAY['a', NULL]::text[]), (NULL) ON CONFLICT (a) DO NOTHING;
