/**
 * The JavaScript side of the VFS "archivolt-host" (vfs_host.cc): files by number, backed by `Module.archivoltHost`.
 *
 * The host is a HostFiles of web/lib/src/storage/host-files.ts: it has opened every named file before SQLite asks for it.
 * Nothing here throws into WebAssembly. Results: 0 done, 1 storage full, 2 any other failure, unless said otherwise.
 * Offsets and sizes are doubles: exact up to 2^53, which is far beyond any file here. Pointers may lie above 2 GiB.
 */
addToLibrary({
  $ArchivoltFiles__deps: ['$UTF8ToString'],
  $ArchivoltFiles: {
    /** Open files by number; 0 is never one. */
    open: [null],

    host: () => Module['archivoltHost'],
    bytes: (address, length) => HEAPU8.subarray(address >>> 0, (address >>> 0) + length),

    /** Quota and disk full are told apart from everything else, so that SQLite says FULL. */
    failure: (error) =>
      error.name === 'QuotaExceededError' || error.code === 'ENOSPC' || error.code === 'EDQUOT' ? 1 : 2,

    attempt: (file, action) => {
      try {
        action(ArchivoltFiles.open[file]);
        return 0;
      } catch (error) {
        return ArchivoltFiles.failure(error);
      }
    },
  },

  archivolt_file_open__deps: ['$ArchivoltFiles'],
  archivolt_file_open__sig: 'ip',
  /** The number of the named file, or of a new temporary one where `name` is 0; -1 when the host has no such file. */
  archivolt_file_open: (name) => {
    try {
      const host = ArchivoltFiles.host();
      const file = name ? host.find(UTF8ToString(name >>> 0)) : host.temporary();
      if (!file) return -1;
      const free = ArchivoltFiles.open.indexOf(null, 1);
      const number = free < 0 ? ArchivoltFiles.open.length : free;
      ArchivoltFiles.open[number] = file;
      return number;
    } catch (error) {
      return -1;
    }
  },

  archivolt_file_close__deps: ['$ArchivoltFiles'],
  archivolt_file_close__sig: 'vi',
  /** Frees the number. The host keeps its named handles open until the workspace closes. */
  archivolt_file_close: (file) => {
    ArchivoltFiles.open[file] = null;
  },

  archivolt_file_read__deps: ['$ArchivoltFiles'],
  archivolt_file_read__sig: 'iipid',
  /** How many bytes were read, fewer at the end of the file; -1 on failure. */
  archivolt_file_read: (file, into, length, at) => {
    try {
      const count = ArchivoltFiles.open[file].read(ArchivoltFiles.bytes(into, length), at);
      return count >= 0 && count <= length ? count : -1;
    } catch (error) {
      return -1;
    }
  },

  archivolt_file_write__deps: ['$ArchivoltFiles'],
  archivolt_file_write__sig: 'iipid',
  archivolt_file_write: (file, from, length, at) => {
    try {
      const count = ArchivoltFiles.open[file].write(ArchivoltFiles.bytes(from, length), at);
      if (count === length) return 0;
      // With a full quota Firefox writes nothing and Chromium writes short or answers its error "no space" (-8), which lost its
      // sign on the way. Other counts beyond what was asked for are other errors in the same disguise.
      return (count >= 0 && count < length) || count >>> 0 === 0xfffffff8 ? 1 : 2;
    } catch (error) {
      return ArchivoltFiles.failure(error);
    }
  },

  archivolt_file_truncate__deps: ['$ArchivoltFiles'],
  archivolt_file_truncate__sig: 'iid',
  archivolt_file_truncate: (file, size) => ArchivoltFiles.attempt(file, (open) => open.truncate(size)),

  archivolt_file_flush__deps: ['$ArchivoltFiles'],
  archivolt_file_flush__sig: 'ii',
  archivolt_file_flush: (file) => ArchivoltFiles.attempt(file, (open) => open.flush()),

  archivolt_file_size__deps: ['$ArchivoltFiles'],
  archivolt_file_size__sig: 'di',
  /** Bytes, or -1 on failure. */
  archivolt_file_size: (file) => {
    try {
      return ArchivoltFiles.open[file].size();
    } catch (error) {
      return -1;
    }
  },

  archivolt_file_exists__deps: ['$ArchivoltFiles'],
  archivolt_file_exists__sig: 'ip',
  /** Handles exist from the start, so a file counts as there when it holds something. -1 on failure. */
  archivolt_file_exists: (name) => {
    try {
      const file = ArchivoltFiles.host().find(UTF8ToString(name >>> 0));
      return file && file.size() > 0 ? 1 : 0;
    } catch (error) {
      return -1;
    }
  },

  archivolt_file_delete__deps: ['$ArchivoltFiles'],
  archivolt_file_delete__sig: 'ip',
  /** Empties the file and flushes that at once, so that no power cut brings an old journal back. */
  archivolt_file_delete: (name) => {
    try {
      const file = ArchivoltFiles.host().find(UTF8ToString(name >>> 0));
      if (file && file.size() > 0) {
        file.truncate(0);
        file.flush();
      }
      return 0;
    } catch (error) {
      return ArchivoltFiles.failure(error);
    }
  },

  archivolt_random__deps: ['$ArchivoltFiles'],
  archivolt_random__sig: 'vpi',
  archivolt_random: (into, length) => {
    // getRandomValues gives at most 64 KiB a call; SQLite asks for 256 bytes at most.
    globalThis.crypto.getRandomValues(ArchivoltFiles.bytes(into, length));
  },

  archivolt_interrupted__deps: ['$ArchivoltFiles'],
  archivolt_interrupted__sig: 'i',
  /** Whether the statement that runs is to end. */
  archivolt_interrupted: () => (ArchivoltFiles.host().interrupted?.() ? 1 : 0),

  archivolt_now__sig: 'd',
  /** Milliseconds since 1970 UTC, with fractions where the clock has them. */
  archivolt_now: () => globalThis.performance.timeOrigin + globalThis.performance.now(),
});
