// Strings, maps and sorting: words counted.
function run() {
    let state = 12345;
    const next = (below) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return (state >>> 8) % below;
    };
    let text = '';
    for (let i = 0; i < 8000; i++) {
        let word = '';
        for (let length = 2 + next(5); length > 0; length--) word += String.fromCharCode(97 + next(6));
        text += i % 9 === 0 ? `${word[0].toUpperCase()}${word.slice(1)}, ` : `${word} `;
    }
    const counts = new Map();
    for (const word of text.toLowerCase().split(' ')) {
        const key = word.endsWith(',') ? word.slice(0, -1) : word;
        counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    const lines = sorted.map(([word, count]) => `${word.padEnd(8, '.')}${String(count).padStart(5)}`);
    const table = lines.join('\n');
    let hash = 0;
    for (let i = 0; i < table.length; i++) hash = (hash * 31 + table.charCodeAt(i)) | 0;
    return `${sorted.length},${table.indexOf('fade')},${hash}`;
}
