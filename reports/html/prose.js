// What a model or a question wrote, made readable: formulas, code, bold and headings. The text is
// hostile: it is cut into pieces, and each becomes a text node or goes through KaTeX, which trusts
// nothing. Pure up to `renderProse`.

const kLongestFormula = 4000;
const kEnvironments =
  /^(equation|align|aligned|gather|gathered|multline|cases|array|[bpvV]?matrix)\*?$/;

// Where the formula that opens at `at` ends, by its closing mark; -1 if it is none.
function closing(text, at, mark) {
  const end = text.indexOf(mark, at);
  if (end < 0 || end - at > kLongestFormula || end === at) return -1;
  return text.slice(at, end).includes('\n\n') ? -1 : end;
}

// A dollar opens a formula if it does not follow a letter or digit and no blank follows it. The next
// one that is not escaped must close it: it does if it does not follow a blank and no digit follows
// it (as in pandoc). So "$5 and $10" are two prices.
function closingDollar(text, at) {
  if (/[A-Za-z0-9\\]/.test(text[at - 2] || ' ') || /\s/.test(text[at] || ' ')) return -1;
  const limit = Math.min(text.length, at + kLongestFormula);
  for (let i = at; i < limit; ++i) {
    if (text[i] === '\\') ++i;
    else if (text[i] === '\n' && text[i + 1] === '\n') return -1;
    else if (text[i] === '$') {
      return i === at || /\s/.test(text[i - 1]) || /[0-9]/.test(text[i + 1] || ' ') ? -1 : i;
    }
  }
  return -1;
}

// The formula that begins at `at`: {end, from, to, display}, its inside being [from, to); or null.
function formulaAt(text, at) {
  const found = (from, to, length, display) =>
    (to < 0 ? null : { from, to, end: to + length, display });
  if (text.startsWith('$$', at)) return found(at + 2, closing(text, at + 2, '$$'), 2, true);
  if (text[at] === '$') return found(at + 1, closingDollar(text, at + 1), 1, false);
  if (text.startsWith('\\(', at)) return found(at + 2, closing(text, at + 2, '\\)'), 2, false);
  if (text.startsWith('\\[', at)) return found(at + 2, closing(text, at + 2, '\\]'), 2, true);
  const name = /^\\begin\{([A-Za-z]+\*?)\}/.exec(text.slice(at, at + 40));
  if (!name || !kEnvironments.test(name[1])) return null;
  const last = `\\end{${name[1]}}`;
  const to = closing(text, at, last);
  return to < 0 ? null : { from: at, to: to + last.length, end: to + last.length, display: true };
}

// The fenced code that begins at `at`, which is the beginning of a line; or null.
function fenceAt(text, at) {
  const open = /^ {0,3}(`{3,}|~{3,})[^\n`]*(\n|$)/.exec(text.slice(at, at + 200));
  if (!open) return null;
  const from = at + open[0].length;
  const close = new RegExp(`^ {0,3}${open[1][0]}{${open[1].length},}[ \\t]*(\\n|$)`, 'gm');
  close.lastIndex = from;
  const end = close.exec(text);
  return end ? { from, to: end.index, end: end.index + end[0].length }
    : { from, to: text.length, end: text.length };
}

// What stands at `at` other than plain text, or null: {kind, from, to, end}, of which [at, end) is
// the source and [from, to) what is shown.
function pieceAt(text, at) {
  const lineStart = at === 0 || text[at - 1] === '\n';
  const rest = text.slice(at, at + 400);
  const within = (kind, before, match) => (match === null ? null : { kind, from: at + before,
    to: at + before + match[1].length, end: at + match[0].length });
  switch (text[at]) {
    case '$':
    case '\\': {
      const formula = formulaAt(text, at);
      return formula && { kind: formula.display ? 'display' : 'formula', ...formula };
    }
    case '*': return within('bold', 2, /^\*\*([^*\s$][^*\n$]*)\*\*/.exec(rest));
    case '#': {
      const head = lineStart ? /^#{1,6} +([^\n$\\]+)(?=\n|$)/.exec(rest) : null;
      return within('head', head ? head[0].length - head[1].length : 0, head);
    }
    default: {  // ` or ~
      const fence = lineStart ? fenceAt(text, at) : null;
      if (fence) return { kind: 'fence', ...fence };
      return text[at] === '`' ? within('code', 1, /^`([^`\n]+)`/.exec(rest)) : null;
    }
  }
}

// Cuts a text into pieces that cover it: {kind, start, end, from, to}, as above, of kind text,
// formula, display, fence, code, bold or head.
function piecesOf(text) {
  const pieces = [];
  let plain = 0;  // where the plain text began that is not in a piece yet
  const takePlain = (end) => {
    if (plain < end) pieces.push({ kind: 'text', start: plain, end, from: plain, to: end });
  };
  const special = /[$\\`~*#]/g;
  for (let match; (match = special.exec(text));) {
    const piece = pieceAt(text, match.index);
    if (piece) {
      takePlain(match.index);
      pieces.push({ start: match.index, ...piece });
      plain = special.lastIndex = piece.end;
    } else if (match[0] === '\\') {
      special.lastIndex = match.index + 2;  // what it escapes opens nothing
    }
  }
  takePlain(text.length);
  return pieces;
}

// Formulas are set when they come into sight: a long reply has thousands.
const formulaWatch = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    formulaWatch.unobserve(entry.target);
    setFormula(entry.target);
  }
}, { rootMargin: '600px' });

function setFormula(element) {
  const source = element.textContent;
  try {
    const built = document.createElement('span');
    katex.render(element.dataset.tex, built, { displayMode: element.dataset.display === '1',
      throwOnError: true, trust: false, strict: 'ignore', maxExpand: 500, maxSize: 40 });
    element.replaceChildren(built);
    element.title = source;
  } catch (error) {
    element.classList.add('unset');
    element.title = String(error.message || error);
  }
}

// Text nodes for [from, to), with what lies in `marked` (a [begin, end) or null) as <mark>.
function markedText(text, from, to, marked) {
  if (!marked || marked[1] <= from || marked[0] >= to) return [text.slice(from, to)];
  const begin = Math.max(from, marked[0]);
  const end = Math.min(to, marked[1]);
  return [text.slice(from, begin), el('mark', {}, text.slice(begin, end)), text.slice(end, to)];
}

function nodeOf(piece, text, marked) {
  const shown = () => markedText(text, piece.from, piece.to, marked);
  switch (piece.kind) {
    case 'formula':
    case 'display': {
      const formula = el('span', { class: piece.kind, 'data-tex': text.slice(piece.from, piece.to),
        'data-display': piece.kind === 'display' ? '1' : '0' }, text.slice(piece.start, piece.end));
      formulaWatch.observe(formula);
      const hit = marked && marked[0] < piece.end && marked[1] > piece.start;
      return [hit ? el('mark', {}, formula) : formula];
    }
    case 'fence': return [el('pre', { class: 'fence' }, shown())];
    case 'code': return [el('code', {}, shown())];
    case 'bold': return [el('b', {}, shown())];
    case 'head': return [el('b', { class: 'head' }, shown())];
    default: return shown();
  }
}

// A block that shows `text`, with [begin, end) of it marked.
function renderProse(text, marked = null) {
  return el('div', { class: 'prose' },
    piecesOf(text).map((piece) => nodeOf(piece, text, marked)).flat());
}

function renderRaw(text, marked = null) {
  return el('div', { class: 'prose raw' }, markedText(text, 0, text.length, marked));
}
