// JSON, written and read.
function document() {
    const users = [];
    for (let i = 0; i < 300; i++) {
        users.push({
            id: i,
            name: `User ${i}`,
            active: i % 3 === 0,
            score: i / 7,
            tags: ['alpha', 'beta', `tag-${i % 17}`],
            address: { street: `${i} Main St`, city: 'Zürich', geo: [i % 90, -(i % 180)] },
            note: i % 5 === 0 ? null : 'says "hello"\n\tand leaves',
        });
    }
    return { version: 1, users };
}

function run() {
    const written = JSON.stringify(document());
    let length = 0;
    for (let i = 0; i < 4; i++) {
        const read = JSON.parse(written);
        read.version = i;
        length += JSON.stringify(read).length;
    }
    const dated = JSON.parse(written, (key, value) => (key === 'score' ? Math.round(value) : value));
    return `${length},${JSON.stringify(dated, null, 2).length}`;
}
