--
-- PostgreSQL database dump
--
\restrict aB
SET standard_conforming_strings = on;
CREATE TABLE public.t (id integer NOT NULL, "B ""b" text DEFAULT 'a;b', tags text[]);
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $_$ SELECT ';' $_$;
COPY public.t (id, "B ""b", tags) FROM stdin;
1	a\tb\\n\N	{a,"b c"}
2	\N	\N
3		{}
\.

/* done; */
ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);
