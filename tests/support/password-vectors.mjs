// Password hashes of other systems, each made by the system's own algorithm (Python's hashlib, libxcrypt) or published with it.

export const PASSWORD = 'correct horse bättery 👍';

/** `[what, hash, password]` */
export const IMPORTED = [
  [
    'Werkzeug 1 pbkdf2',
    'pbkdf2:sha256:150000$k3Jd9xQpLm2vTz8R$190eca0fa93770a780b822dba8ec14d7288daa98a40c78bcda55c75b0101fa05',
    PASSWORD,
  ],
  [
    'Werkzeug 2 pbkdf2',
    'pbkdf2:sha256:260000$aB3dE6gH$82e250acdde2e6fcbbdbe199ce87e60bb591641182dd659a029cf8ddcb35886a',
    PASSWORD,
  ],
  ['Werkzeug pbkdf2 with SHA-1', 'pbkdf2:sha1:1000$n0SaltHere$cbbbe2d9551462acd8a519e7d5a632ed2b1fec29', PASSWORD],
  [
    'Werkzeug pbkdf2 with SHA-512',
    'pbkdf2:sha512:210000$S0meSalt12345678$e2a6dd9cefe141d0ae5d38e7b22df14583c4b6ba51af8b587cdd3216523b89fd59e0dc10ba1b831ef44f70b5d3ff7438092dcdccbfe71ae0c5fc17b22a44288d',
    PASSWORD,
  ],
  [
    'Werkzeug pbkdf2 without a count',
    'pbkdf2:sha256$k3Jd9xQpLm2vTz8R$270245d05180d9820191a5d2f9ebe8e70202c92bb550ecce025d99c2557fdc0d',
    PASSWORD,
  ],
  [
    'Werkzeug 3 scrypt',
    'scrypt:32768:8:1$wQ7rT2yU9iO4pA1s$f38276721f29cef0d15134d7e65056ad8ba5d1ecd71ce47286fda7bece6b0035bca25198f10f5f346c4acd75f3d3c41951237992300b47bc591f1f76b8ba5995',
    PASSWORD,
  ],
  ['bcrypt $2b$', '$2b$10$N9qo8uLOickgx2ZMRZoMyey5dJjc/uMoOrAerLF4DwclsGkAVO7r.', PASSWORD],
  ['bcrypt $2a$', '$2a$04$abcdefghijklmnopqrstuuE18NP5QncS.siUtHmsWekPCHDNle5X2', PASSWORD],
  ['bcrypt $2y$', '$2y$05$CCCCCCCCCCCCCCCCCCCCC.kYCIxq1hM60n1Pc2LzXH0gL0.f3xb/y', PASSWORD],
  ['bcrypt, a published vector', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
  ['bcrypt, another published vector', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a', 'U*U*U'],
  ['bcrypt of PHP', '$2y$10$.vGA1O9wmRjrwAVXD98HNOgsNpDczlqm3Jq7KnEd1rVAGv3Fykk1a', 'rasmuslerdorf'],
];

/** Stronger than what is made here: stays as it is. */
export const STRONGER =
  'pbkdf2:sha256:1000000$0123456789abcdef$17ad457dca701d09807507b9efbf46a3dc10ea2f28f4a15d0f718b6e20fc22b7';

const digest = 'ab'.repeat(32);
/** `[what, hash]`: forms that are not known, and hashes that ask for too much. */
export const REFUSED = [
  ['nothing known', 'hunter2'],
  ['plain text of Werkzeug', 'plain$$hunter2'],
  ['a count beyond reason', `pbkdf2:sha256:999999999999$salt$${digest}`],
  ['no count', `pbkdf2:sha256:0$salt$${digest}`],
  ['a count of letters', `pbkdf2:sha256:1e5$salt$${digest}`],
  ['a digest that is not there', `pbkdf2:md5:1000$salt$${digest}`],
  ['a digest of the prototype', `pbkdf2:constructor:1000$salt$${digest}`],
  ['no digest', 'pbkdf2:sha256:1000$salt$'],
  ['broken hexadecimal', 'pbkdf2:sha256:1000$salt$xyz'],
  ['too many parts', `pbkdf2:sha256:1000$salt$${digest}$more`],
  ['scrypt of 4 GiB', `scrypt:4194304:8:1$salt$${digest}`],
  ['scrypt with much to do', `scrypt:1024:8:8192$salt$${digest}`],
  ['scrypt with a crooked cost', `scrypt:1000:8:1$salt$${digest}`],
  ['scrypt without r', `scrypt:1024$salt$${digest}`],
  ['scrypt with r 0', `scrypt:1024:0:1$salt$${digest}`],
  ['bcrypt of cost 31', '$2b$31$N9qo8uLOickgx2ZMRZoMyey5dJjc/uMoOrAerLF4DwclsGkAVO7r.'],
  ['bcrypt of cost 3', '$2b$03$N9qo8uLOickgx2ZMRZoMyey5dJjc/uMoOrAerLF4DwclsGkAVO7r.'],
  ['bcrypt cut short', '$2b$10$N9qo8uLOickgx2ZMRZoMye'],
  ['bcrypt of another kind', '$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
];
