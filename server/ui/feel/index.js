// The side of the expression language that runs inside QuickJS. Python calls five functions with texts and gets texts.
import './intl.js';
// `interpreter` and `InterpreterContext` are exported by the build: feelin's own entry points parse anew each time.
import { clock, clockNames, compile, namesContext, plain, Refusal } from './compiled.js';
import { decide, load } from './decisions.js';
import { analyse } from './scope.js';

const LARGEST = 65536;

// Out: {"v": value} or {"e": what went wrong}; an exceeded limit throws and is seen by Python. One JSON text and no
// concatenation, because the binding cannot read the ropes that QuickJS makes of long concatenated texts.
function answer(work, largest) {
  try {
    const text = JSON.stringify({ v: work() });

    if (text.length > largest) {
      throw new Refusal('size', 'the result is larger than 64 KB');
    }

    return text;
  } catch (error) {
    if (error.name === 'InternalError' || /call stack/.test(error.message)) {
      throw error;
    }

    const rule = error.rule ?? (error.position ? 'syntax' : 'failed');
    const { element } = error;

    return JSON.stringify({ e: { rule, message: error.message, position: error.position?.from ?? 0, element } });
  }
}

function setClock(milliseconds, local) {
  clock.milliseconds = milliseconds;
  clock.local = local;
}

function run(text, unary, variables, milliseconds, local, work) {
  setClock(milliseconds, local);

  const { root, context } = compile(text, unary);

  try {
    return work(root, { ...clockNames, ...JSON.parse(variables) });
  } finally {
    context.warnings.length = 0;
  }
}

globalThis.qsEvaluate = (text, variables, milliseconds, local) => answer(
  () => run(text, false, variables, milliseconds, local, (root, values) => plain(root(values))),
  LARGEST,
);

globalThis.qsUnary = (text, variables, milliseconds, local) => answer(
  () => run(text, true, variables, milliseconds, local, (root, values) => root(values)(values['?']) === true),
  LARGEST,
);

globalThis.qsAnalyse = (text, unary, names) => answer(
  () => analyse(text, unary, namesContext(JSON.parse(names))),
  Infinity,
);

globalThis.qsLoad = (key, program) => answer(() => load(key, JSON.parse(program)), LARGEST);

globalThis.qsDecide = (key, ref, variables, milliseconds, local) => answer(() => {
  setClock(milliseconds, local);
  return decide(key, ref, JSON.parse(variables));
}, LARGEST);
