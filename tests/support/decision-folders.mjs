// Folders of decisions as each tool writes them.

/** adr-tools: Nygard's form; the links are what `adr new -s` and `adr new -l` write. */
export const ADR_TOOLS = {
  '.adr-dir': 'doc/adr\n',
  'README.md': '# A repository\n\nWith decisions below.\n',
  'doc/adr/0001-record-architecture-decisions.md': `# 1. Record architecture decisions

Date: 2016-02-12

## Status

Accepted

## Context

We need to record the architectural decisions made on this project.

## Decision

We will use Architecture Decision Records, as described by Michael Nygard.

## Consequences

See Michael Nygard's article, linked above.
`,
  'doc/adr/0002-use-mysql-database.md': `# 2. Use MySQL database

Date: 2016-02-13

## Status

Superceded by [3. Use PostgreSQL database](0003-use-postgresql-database.md)

## Context

Orders must be stored.

## Decision

We will use MySQL.

## Consequences

Backups are needed.

## Cost

Two hours a month.
`,
  'doc/adr/0003-use-postgresql-database.md': `# 3. Use PostgreSQL database

Date: 2016-03-01

## Status

Superseded by [4. Use SQLite](0004-use-sqlite.md)

Supercedes [2. Use MySQL database](0002-use-mysql-database.md)

Amends [1. Record architecture decisions](0001-record-architecture-decisions.md)

Clarified by [9. Written elsewhere](0009-written-elsewhere.md)

## Context

JSON columns are wanted.

## Decision

We will use PostgreSQL.

## Consequences

Everybody learns \`psql\`:

\`\`\`sh
## no heading
psql -c 'select 1'
\`\`\`
`,
  'doc/adr/0004-use-sqlite.md': `# 4. Use SQLite

Date: 2019-05-20

## Status

Accepted

Supersedes [3. Use PostgreSQL database](0003-use-postgresql-database.md)

## Context

One file is easier to move.

## Decision

We will use SQLite.

## Consequences

One writer at a time.
`,
  'doc/adr/templates/template.md': '# NUMBER. TITLE\n\nDate: DATE\n\n## Status\n\nSTATUS\n',
};

/** MADR 4 with front matter, and MADR 2 with a list. */
export const MADR = {
  'docs/decisions/README.md': '# Decisions\n',
  'docs/decisions/adr-template.md': '---\nstatus: {proposed | accepted}\n---\n# {short title}\n',
  'docs/decisions/0000-use-markdown.md': `---
status: accepted
date: 2023-04-02
decision-makers: Ann, Bo
consulted: Cy
informed:
  - everybody
  - the press
weight: 3
---
<!-- markdownlint-disable-file MD013 -->

# Use Markdown for decisions

## Context and Problem Statement

Where do we write decisions down?

## Decision Drivers

* Reviews in pull requests
* No further tool

## Considered Options

* Markdown in the repository
* A wiki
  that everybody edits
* Nothing

## Decision Outcome

Chosen option: "Markdown in the repository", because
it is reviewed like code.

### Consequences

* Good, because history is kept
* Bad, because managers do not read it

### Confirmation

A check counts the files.

## Pros and Cons of the Options

### Markdown in the repository

Plain files.

* Good, because everybody has an editor
* Neutral, because links are relative
* Bad, because there is no search

### A wiki that everybody edits

* Bad, because nobody does
* Good, because it looks nice

## More Information

Decided again in a year.
`,
  'docs/decisions/0001-use-rest.md': `---
status: superseded by [ADR-0002](0002-use-grpc.md)
date: 2023-05-01
---

# Use REST

## Context and Problem Statement

How do services talk?

## Considered Options

* REST
* gRPC

## Decision Outcome

Chosen option: "REST", because everybody knows it.
`,
  'docs/decisions/0002-use-grpc.md': `# ADR-0002: Use gRPC

* Status: accepted
* Deciders: Ann, Bo
* Date: 2024-01-31

Technical Story: #42

## Context and Problem Statement

REST is slow.

## Decision Outcome

Chosen option: "gRPC", because it is fast.

### Positive Consequences <!-- optional -->

* Types

### Negative Consequences <!-- optional -->

* Proxies

## Links

* Supersedes [ADR-0001](0001-use-rest.md)
* [The specification](https://grpc.io)
`,
  'docs/decisions/0003-try-quic.md':
    '---\nstatus: superseded by ADR-0002\n---\n# Try QUIC\n\n## Decision Outcome\n\nNo.\n',
};

/** log4brains: a project and a package. */
export const LOG4BRAINS = {
  '.log4brains.yml': `project:
  name: shop
  tz: Europe/Paris
  adrFolder: ./docs/adr
  packages:
    - name: backend
      path: ./packages/backend
      adrFolder: ./packages/backend/docs/adr
`,
  'docs/adr/index.md': '# Architecture knowledge base\n',
  'docs/adr/README.md': '# ADRs\n',
  'docs/adr/template.md': '# [short title]\n\n- Status: draft\n',
  'docs/adr/20200101-use-log4brains.md': `# Use Log4brains

- Status: superseded by [backend/20210302-use-another-tool](../../packages/backend/docs/adr/20210302-use-another-tool.md)
- Deciders: Ann
- Date: 2020-01-01
- Tags: doc, dev-tools

Technical Story: OPS-1

## Context and Problem Statement

Decisions get lost.

## Considered Options

- Log4brains
- Wiki

## Decision Outcome

Chosen option: "Log4brains", because it publishes a site.
`,
  'packages/backend/docs/adr/20210302-use-another-tool.md': `# Use another tool

- Status: draft
- Tags: doc

## Context and Problem Statement

The site is down.

## Decision Outcome

Another one.

## Links <!-- optional -->

- Supersedes [20200101-use-log4brains](../../../../docs/adr/20200101-use-log4brains.md)
`,
};

export const FOLDERS = { 'adr-tools': ADR_TOOLS, madr: MADR, log4brains: LOG4BRAINS };
