/** What opens something: it goes out where secrets are asked for, and nowhere else. */
export const SECRET_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  users: ['password_hash', 'password_scheme'],
};
/** Tables whose rows are nothing else. */
export const SECRET_TABLES: readonly string[] = ['api_keys', 'auth_sessions'];
