// Follows a kernel's source: prints what `run` answers and the shortest of its times, in milliseconds.
(async () => {
    const clock = () => Number(process.hrtime.bigint()) / 1e6;
    const expected = await run();
    // Until the compilers are done with it.
    for (const end = clock() + 300; clock() < end; ) await run();
    let best = Infinity;
    for (const end = clock() + 300; clock() < end; ) {
        const start = clock();
        const answer = await run();
        best = Math.min(best, clock() - start);
        if (answer !== expected) throw new Error(`${answer} after ${expected}`);
    }
    console.log(`${best} ${expected}`);
})();
