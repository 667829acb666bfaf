// just-bash: a shell and its commands in JavaScript, all in the embedder's own thread; no processes.

import { Bash } from "just-bash";

// Its limits on loops and calls are lifted: the other systems have none by default.
const executionLimits = { maxLoopIterations: 1e9, maxCommandCount: 1e9, maxCallDepth: 1e4 };

export async function create() {
  const bash = new Bash({ executionLimits });
  return {
    async run(script) {
      const { stdout, exitCode } = await bash.exec(script);
      return { stdout, code: exitCode };
    },
    async dispose() {},
  };
}
