// A large tree that changes all the time: allocation and the collection of garbage.
class Node {
    constructor(key, value) {
        this.key = key;
        this.value = value;
        this.left = null;
        this.right = null;
    }
}

function splay(root, key) {
    if (root === null) return null;
    const head = new Node(0, null);
    let [left, right] = [head, head];
    for (;;) {
        if (key < root.key) {
            if (root.left === null) break;
            if (key < root.left.key) {
                const up = root.left;
                root.left = up.right;
                up.right = root;
                root = up;
                if (root.left === null) break;
            }
            right.left = root;
            right = root;
            root = root.left;
        } else if (key > root.key) {
            if (root.right === null) break;
            if (key > root.right.key) {
                const up = root.right;
                root.right = up.left;
                up.left = root;
                root = up;
                if (root.right === null) break;
            }
            left.right = root;
            left = root;
            root = root.right;
        } else break;
    }
    left.right = root.left;
    right.left = root.right;
    root.left = head.right;
    root.right = head.left;
    return root;
}

function insert(root, key, value) {
    if (root === null) return new Node(key, value);
    root = splay(root, key);
    if (root.key === key) return root;
    const node = new Node(key, value);
    if (key > root.key) {
        node.left = root;
        node.right = root.right;
        root.right = null;
    } else {
        node.right = root;
        node.left = root.left;
        root.left = null;
    }
    return node;
}

function remove(root, key) {
    root = splay(root, key);
    if (root === null || root.key !== key) return root;
    if (root.left === null) return root.right;
    const top = splay(root.left, key);
    top.right = root.right;
    return top;
}

function payload(depth, tag) {
    return depth === 0
        ? { array: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], string: `string for key ${tag}` }
        : { left: payload(depth - 1, tag), right: payload(depth - 1, tag) };
}

function run() {
    let state = 49734321;
    const next = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 4294967296;
    let root = null;
    const keys = [];
    for (let i = 0; i < 2000; i++) {
        const key = next();
        keys.push(key);
        root = insert(root, key, payload(4, key));
    }
    for (let i = 0; i < 2000; i++) {
        const key = next();
        root = remove(insert(root, key, payload(4, key)), keys[i]);
    }
    return root.key.toFixed(9);
}
