// Regular expressions as programs have them: words, addresses, templates, look-arounds, Unicode.
const WORDS = ['lorem', 'ipsum', 'dolor', 'sit', 'amet', 'consectetur', 'naïve', 'straße', '2024-05-17', '12:30:45'];

function text() {
    const parts = [];
    for (let i = 0; i < 3000; i++) {
        parts.push(WORDS[(i * 7) % WORDS.length], i % 11 === 0 ? `user${i}@example${i % 5}.org` : String(i * 37));
        if (i % 13 === 0) parts.push(`https://host${i}.example/path/${i}?q=${i}#top`);
        if (i % 17 === 0) parts.push(`<a href="x${i}.html" class='c'>`, '{{ name }}', '\n');
    }
    return parts.join(' ');
}

const PATTERNS = [
    /\b\w+@\w+(?:\.\w+)+\b/g,
    /https?:\/\/([^/\s?#]+)([^\s?#]*)(\?[^\s#]*)?(#\S*)?/g,
    /(\d{4})-(\d{2})-(\d{2})/g,
    /<(\w+)((?:\s+\w+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*>/g,
    /\{\{\s*(\w+)\s*\}\}/g,
    /\b(?=[a-z]*e)[a-z]{4,}\b/gi,
    /(?<!\d)\d{3,4}(?!\d)/g,
    /\p{L}+/gu,
    /^\s+|\s+$/gm,
    /(a|e|i|o|u)[^aeiou\s]{2,}\1?/g,
];

function run() {
    const subject = text();
    let count = 0;
    for (const pattern of PATTERNS) for (const match of subject.matchAll(pattern)) count += match[0].length;
    const replaced = subject.replace(/(\w+)\s(\w+)/g, '$2 $1').replace(/[aeiou]/g, (vowel) => vowel.toUpperCase());
    return `${count},${replaced.length},${subject.split(/[\s,;]+/).length}`;
}
