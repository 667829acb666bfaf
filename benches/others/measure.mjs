// measure.mjs SYSTEM: does jobs with machines of a system as they come, one JSON value a line.
//
//   {"create": true}                 a machine that the jobs after it use, in place of the one before
//   {"script": "…", "fresh": bool}   runs a script by the machine's shell; if fresh, in a machine made for it
//
// Each is answered by {"ns", "stdout", "code"}: the time from asking the system to its whole output and exit status being
// here, in nanoseconds. What a system offers is in SYSTEM.mjs: create(), answering {run(script), dispose()}.

import { once } from "node:events";
import { createInterface } from "node:readline";

const { create } = await import(`./${process.argv[2]}.mjs`);

let machine;

async function timed(work) {
  const began = process.hrtime.bigint();
  const result = await work();
  return { ns: Number(process.hrtime.bigint() - began), ...result };
}

async function perform(job) {
  if (job.create) {
    await machine?.dispose();
    return timed(async () => {
      machine = await create();
      return { stdout: "", code: 0 };
    });
  }
  if (!job.fresh) return timed(() => machine.run(job.script));
  let fresh;
  const answer = await timed(async () => {
    fresh = await create();
    return fresh.run(job.script);
  });
  await fresh.dispose();
  return answer;
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await perform(JSON.parse(line));
  if (!process.stdout.write(`${JSON.stringify(answer)}\n`)) await once(process.stdout, "drain");
}
await machine?.dispose();
process.exit();
