// A compiler and an interpreter for a small language: parsing, maps, a big switch.
const SOURCE = `
fun fib n if n < 2 then n else fib(n - 1) + fib(n - 2) end
fun loop n, sum if n < 1 then sum else loop(n - 1, sum + n * n % 7) end
fib(17) + loop(20000, 0)
`;
const [PUSH, LOAD, ADD, SUBTRACT, MULTIPLY, REMAINDER, LESS, BRANCH, JUMP, CALL, AGAIN, RETURN] = Array(12).keys();
const OPERATORS = { '<': [1, LESS], '+': [2, ADD], '-': [2, SUBTRACT], '*': [3, MULTIPLY], '%': [3, REMAINDER] };

function compile(source) {
    const tokens = source.match(/\w+|[-+*%<(),]/g);
    const functions = new Map();
    const program = { code: [], functions: [] };
    let at = 0;
    let parameters = [];
    let own = '';
    const emit = (...words) => program.code.push(...words) - 1;
    const expect = (token) => {
        if (tokens[at++] !== token) throw new SyntaxError(`${token} is missing`);
    };
    function expression(level, tail) {
        if (tokens[at] === 'if') {
            at++;
            expression(0, false);
            const branch = emit(BRANCH, 0);
            expect('then');
            expression(0, tail);
            const jump = emit(JUMP, 0);
            program.code[branch] = program.code.length;
            expect('else');
            expression(0, tail);
            program.code[jump] = program.code.length;
            return;
        }
        const token = tokens[at++];
        if (/^\d/.test(token)) emit(PUSH, Number(token));
        else if (tokens[at] === '(') {
            at++;
            let count = 0;
            do {
                expression(0, false);
                count++;
            } while (tokens[at] === ',' && at++);
            expect(')');
            const last = tail && token === own && !(tokens[at] in OPERATORS);
            emit(last ? AGAIN : CALL, functions.get(token), count);
        } else emit(LOAD, parameters.indexOf(token));
        for (let operator; (operator = OPERATORS[tokens[at]]) && operator[0] > level; ) {
            at++;
            expression(operator[0], false);
            emit(operator[1]);
        }
    }
    while (tokens[at] === 'fun') {
        own = tokens[at + 1];
        at += 2;
        functions.set(own, functions.size);
        parameters = [tokens[at++]];
        while (tokens[at] === ',') {
            parameters.push(tokens[at + 1]);
            at += 2;
        }
        program.functions.push(program.code.length);
        expression(0, true);
        emit(RETURN);
        expect('end');
    }
    own = '';
    program.start = program.code.length;
    expression(0, false);
    emit(RETURN);
    return program;
}

function execute({ code, functions, start }) {
    const stack = [];
    const frames = [];
    let base = 0;
    for (let at = start; ; ) {
        switch (code[at++]) {
            case PUSH: stack.push(code[at++]); break;
            case LOAD: stack.push(stack[base + code[at++]]); break;
            case ADD: { const b = stack.pop(); stack.push(stack.pop() + b); break; }
            case SUBTRACT: { const b = stack.pop(); stack.push(stack.pop() - b); break; }
            case MULTIPLY: { const b = stack.pop(); stack.push(stack.pop() * b); break; }
            case REMAINDER: { const b = stack.pop(); stack.push(stack.pop() % b); break; }
            case LESS: { const b = stack.pop(); stack.push(stack.pop() < b ? 1 : 0); break; }
            case BRANCH: at = stack.pop() === 0 ? code[at] : at + 1; break;
            case JUMP: at = code[at]; break;
            case CALL:
                frames.push(at + 2, base);
                base = stack.length - code[at + 1];
                at = functions[code[at]];
                break;
            case AGAIN: {
                const count = code[at + 1];
                for (let i = 0; i < count; i++) stack[base + i] = stack[stack.length - count + i];
                stack.length = base + count;
                at = functions[code[at]];
                break;
            }
            case RETURN: {
                const result = stack.pop();
                if (frames.length === 0) return result;
                stack.length = base;
                base = frames.pop();
                at = frames.pop();
                stack.push(result);
            }
        }
    }
}

function run() {
    let sum = 0;
    for (let i = 0; i < 2; i++) sum += execute(compile(SOURCE));
    return String(sum);
}
