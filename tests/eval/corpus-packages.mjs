// What the retrieval corpus is cut from: Debian documentation packages, by language, each with its folder below usr/share/doc (or
// usr/share), which files of it are taken, and which of those are left out (reference pages that a question could not mean).

/**
 * @typedef {object} CorpusPackage
 * @property {string} name of the Debian package
 * @property {string} folder
 * @property {RegExp} include matched from the start of the path below the folder
 * @property {RegExp} [exclude] found anywhere in it
 */

/** @type {Record<'en' | 'es', CorpusPackage[]>} */
export const corpusPackages = {
  en: [
    {
      name: 'postgresql-doc-15',
      folder: 'postgresql-doc-15/html',
      include: /.*\.html$/,
      exclude:
        /(^|\/)(release|features|errcodes|sql-keywords|bookindex|biblio|catalog-|view-|appendix|docguide|sourcerepo|ecpg|pltcl|plperl|plpython|spi|libpq-|lo-|infoschema|gin-|gist-|spgist-|brin-|ltree|cube|seg|hstore|isn|pgcrypto|xml2|sepgsql|intarray|earthdistance|fuzzystr|unaccent|tablefunc|citext|custom-scan|fdw|fdwhandler|tablesample|index-|indexam|tableam|plhandler|nls|regress|error-|source|functions-|datatype-|contrib|xfunc|protocol-|app-|index\.html|sql-commands|legalnotice)/,
    },
    {
      name: 'sqlite3-doc',
      folder: 'sqlite3',
      include: /^[^/]+\.html$/,
      exclude:
        /(releaselog|changes|toc|c3ref|syntax|lang_|session|fileio|keyword_index|doclist|docs\.html|sitemap|capi3ref|news|search|chronology|consortium|support|copyright|crew|hp1|prosupport|errlog|th3|testing|dev|not-found|rescode|fileformat|fts3|c_interface|requirements|limits_)/,
    },
    {
      name: 'apache2-doc',
      folder: 'apache2-doc/manual/en',
      include: /.*\.html$/,
      exclude:
        /(^mod\/|new_features|upgrading|index\.html|style\/|license|sitemap|^filter\.|quickreference|directives)/,
    },
    {
      name: 'python-django-doc',
      folder: 'python-django-doc/html',
      include: /^(topics|howto|faq|misc)\/.*\.html$/,
      exclude: /(releases|genindex|\/index\.html$)/,
    },
    {
      name: 'python-sqlalchemy-doc',
      folder: 'python-sqlalchemy-doc/html',
      include: /^(orm|core|faq|tutorial|errors)[^.]*\.html$|^errors\.html$/,
      exclude: /(genindex|examples|api|\/index\.html$|exceptions|internals|events_list)/,
    },
    {
      name: 'python-celery-doc',
      folder: 'python-celery-doc/html',
      include: /^(userguide|getting-started|faq|internals\/guide)[^.]*\.html$/,
      exclude: /(reference|\/index\.html$)/,
    },
    {
      name: 'debian-handbook',
      folder: 'debian-handbook/html/en-US',
      include: /.*\.html$/,
      exclude: /(ix01|index\.html)/,
    },
    {
      name: 'debian-policy',
      folder: 'debian-policy/policy.html',
      include: /.*\.html$/,
      exclude: /(upgrading|genindex|search|index\.html)/,
    },
    {
      name: 'developers-reference',
      folder: 'developers-reference',
      include: /.*\.html$/,
      exclude: /(genindex|search|index\.html|(de|fr|it|ja|ru)\/)/,
    },
    {
      name: 'rust-doc',
      folder: 'rust-doc/html/book',
      include: /^(ch|appendix|foreword)[^/]*\.html$/,
      exclude: /(print\.html|first-edition|second-edition|2018-edition)/,
    },
    {
      name: 'varnish-doc',
      folder: 'varnish/html',
      include: /^(users-guide|tutorial|reference)\/.*\.html$/,
      exclude: /(\/index\.html$|states|vsl|counters)/,
    },
    { name: 'haproxy-doc', folder: 'haproxy/html', include: /^(intro|management)\.html$/ },
    {
      name: 'git-doc',
      folder: 'git-doc',
      include: /.*\.html$/,
      exclude:
        /(RelNotes|index\.html|gitformat|git-p4|git-svn|git-cvs|gitweb|git-gui|gitk|api-index|git-fast-import|git-config|git-for-each-ref)/,
    },
    {
      name: 'nodejs-doc',
      folder: 'nodejs/api',
      include:
        /^(cluster|worker_threads|child_process|stream|events|async_hooks|async_context|esm|packages|modules|diagnostics_channel|report|permissions|domain|synopsis|embedding|intl|policy|webstreams|http|net|tracing|vm|single-executable-applications)\.html$/,
    },
    {
      name: 'docker-doc',
      folder: 'docker-doc',
      include: /.*\.md(\.gz)?$/,
      exclude:
        /(api\/v|commandline\/(image|container|network|volume|system|service|node|stack|secret|config|plugin|swarm|context|trust|manifest|checkpoint|builder)_|deprecated|CHANGELOG)/,
    },
    {
      name: 'python3.11-doc',
      folder: 'python3.11/html',
      include:
        /^(tutorial|howto|faq)\/.*\.html$|^library\/(asyncio[^/]*|threading|multiprocessing[^/]*|concurrent[^/]*|logging[^/]*|queue|sqlite3|pickle|contextvars|weakref|unittest\.mock[^/]*|gc|profile|socket|ssl|venv|subprocess|functools|dataclasses|typing|abc)\.html$/,
      exclude: /\/index\.html$/,
    },
    {
      name: 'python-aiohttp-doc',
      folder: 'python-aiohttp-doc/html',
      include: /^[a-z_0-9]+\.html$/,
      exclude: /(changes|genindex|search|index|powered|third_party|contributing)\.html/,
    },
    {
      name: 'swift-doc',
      folder: 'swift-doc/base',
      include: /^(overview|admin|ops|development|deployment|ring)[^/]*\.html$|^(admin|ops_runbook|api)\/.*\.html$/,
      exclude: /(\/index\.html$|middleware)/,
    },
    {
      name: 'keystone-doc',
      folder: 'keystone-doc/html',
      include: /^(admin|user|getting-started|contributor)\/.*\.html$/,
      exclude: /(\/index\.html$|api\/|release)/,
    },
    { name: 'harden-doc', folder: 'harden-doc/html/en-US', include: /.*\.html$/, exclude: /(index\.html|ix01)/ },
  ],
  es: [
    { name: 'debian-reference-es', folder: 'debian-reference', include: /.*\.es\.html$/, exclude: /index/ },
    {
      name: 'debian-handbook',
      folder: 'debian-handbook/html/es-ES',
      include: /.*\.html$/,
      exclude: /(ix01|index\.html)/,
    },
  ],
};
