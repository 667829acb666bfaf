// Rivet agentOS: a sidecar process with a kernel, V8 isolates and WebAssembly programs.

import { AgentOs } from "@rivet-dev/agentos-core";

export async function create() {
  const os = await AgentOs.create();
  return {
    async run(script) {
      const { stdout, exitCode } = await os.exec(script);
      return { stdout, code: exitCode };
    },
    dispose: () => os.dispose(),
  };
}
