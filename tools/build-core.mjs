// Builds the C++ core with CMake and ninja: the WebAssembly modules, or a native preset for tests and tools.
import { availableParallelism } from 'node:os';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root, run } from './process.mjs';
import { whenChanged } from './stamp.mjs';

/**
 * Configures a preset when needed and builds it in build/<preset>.
 * @param {string} preset a configure preset of CMakePresets.json
 * @param {string[]} [definitions] such as '-DARCHIVOLT_WERROR=ON'; they stay in the build folder's cache
 */
export async function buildPreset(preset, definitions = []) {
  const folder = `build/${preset}`;
  const configuredBy = ['CMakePresets.json', 'wasm/toolchain.cmake', '.cache/emscripten.path'];
  await whenChanged(`configure-${preset}`, configuredBy, [`${folder}/build.ninja`], () => {
    const again = existsSync(path.join(root, folder)) ? ['--fresh'] : [];
    configure(preset, [...again, ...definitions]);
  });
  if (definitions.length > 0) {
    configure(preset, definitions);
  }
  run('ninja', ['-C', folder, '-j', String(availableParallelism()), '--quiet']);
}

function configure(preset, options) {
  run('cmake', ['--preset', preset, ...options, '--log-level=WARNING'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
