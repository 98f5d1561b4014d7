// The pages of one question and of one sample.

const kLongestSet = 300000;  // characters that are set as prose; longer ones are shown as they are
const kLongestShown = 2000000;

// A text as prose, or as it is if it is too long for that; of a huge one, both ends.
function renderText(text, marked, raw) {
  if (text.length <= kLongestSet && !raw) return renderProse(text, marked);
  if (text.length <= kLongestShown) return renderRaw(text, marked);
  const half = kLongestShown / 2;
  const box = el('div', {});
  const whole = el('button', { type: 'button',
    onclick: () => box.replaceChildren(renderRaw(text, marked)) },
  `show the ${count(text.length - kLongestShown)} characters in between`);
  box.append(renderRaw(text.slice(0, half), null), whole, renderRaw(text.slice(-half), null));
  return box;
}

const kOption = /^option \d+$/;

// The options as the dataset has them; a repeat may be asked them in another order.
function optionList(attributes) {
  const options = attributes.filter(([name]) => kOption.test(name));
  if (options.length === 0) return null;
  return el('ul', { class: 'options' }, options.map(([name, text]) =>
    el('li', {}, el('span', { class: 'quiet' }, 'ABCDEFGHIJ'[Number(name.slice(7)) - 1]),
      renderProse(text))));
}

function questionHead(run, task, question) {
  const asked = task.questions[question];
  const attributes = Object.entries(asked.attributes);
  const short = attributes.filter(([name, value]) =>
    !kOption.test(name) && value.length > 0 && value.length <= 80);
  return [
    el('p', { class: 'chips' }, short.map(([name, value]) =>
      el('span', { class: 'chip' }, `${name}: ${value}`))),
    el('section', { class: 'text' }, renderText(asked.text, null, false)), optionList(attributes),
    el('p', { class: 'gold' }, task.votes ? 'reference answer ' : 'tests ',
      el('b', {}, renderGold(asked.gold)))];
}

// Answers are bare formulas more often than prose: "\frac{1}{2}" wants its dollars back.
function renderGold(text) {
  const bare = /[\\^_{]/.test(text) && !/[$]/.test(text) && !/\\[([]/.test(text) && text.length < 400;
  return renderProse(bare ? `$${text.trim()}$` : text);
}

function voteTable(task, question) {
  const asked = task.questions[question];
  if (asked.answers.length === 0) return null;
  const votes = asked.answers.reduce((sum, answer) => sum + answer[1], 0) + asked.abstentions;
  const rows = [...asked.answers].sort((a, b) => b[1] - a[1]).map(([text, number, right]) => {
    const bar = el('i', { class: right ? 'right' : 'wrong' });
    bar.style.width = `${(100 * number) / votes}%`;
    return [renderGold(text), el('span', {}, right ? 'right' : 'wrong'), count(number),
      el('span', { class: 'votes' }, bar)];
  });
  if (asked.abstentions > 0) rows.push([el('i', {}, 'no answer'), '', count(asked.abstentions), '']);
  return el('section', { class: 'ballot' }, el('h2', {}, 'Votes'),
    table([['answer', '', 'votes', ''], ...rows], (column) => column === 2),
    asked.consensus === null ? null : el('p', { class: 'note' },
      `cons@${task.repeats} credit ${asked.consensus.toFixed(asked.consensus % 1 === 0 ? 0 : 3)}: `,
      asked.consensus === 1 ? 'the majority is right.'
        : asked.consensus === 0 ? 'the majority is not right.' : 'a tie, shared.'));
}

function neighbours(run, index, question, app) {
  const task = run.tasks[index];
  app.steps = { j: () => go(1), k: () => go(-1) };
  const go = (step) => {
    if (task.questions[question + step]) app.go(questionHash(task, question + step));
  };
  return el('span', { class: 'steps' },
    el('button', { type: 'button', title: 'k', disabled: question === 0, onclick: () => go(-1) }, '‹'),
    el('button', { type: 'button', title: 'j', disabled: question + 1 === task.questions.length,
      onclick: () => go(1) }, '›'));
}

function showQuestion(run, key, app) {
  const found = questionNamed(run, key);
  if (!found) return el('p', { class: 'quiet' }, `There is no question ${key} in this run.`);
  const task = run.tasks[found.task];
  const first = task.first + task.start(found.question);
  const rows = Int32Array.from({ length: task.repeats }, (_, i) => first + i);
  const list = new List(rows.length, (i) => sampleCells(run, rows[i]).slice(2),
    (i) => app.go(`#s=${run.at(rows[i]).id}`));
  list.element.style.height = `${Math.min(16, rows.length) * kRowHeight + 2}px`;
  const steps = neighbours(run, found.task, found.question, app);
  app.use(list, rows, steps);
  const one = digest(run, found.task, found.question);
  return el('article', { class: 'question' },
    el('h1', {}, `${task.name} / ${task.questions[found.question].id}`,
      el('small', {}, ` ${one.right} of ${one.decided} right`), steps),
    outcomeBar(one.counts), questionHead(run, task, found.question),
    voteTable(task, found.question),
    el('h2', {}, 'Samples'),
    heads(['number', 'sample'], ['outcome', 'outcome'], ['word', 'finish'], ['word', 'thinking'],
      ['number', 'tokens'], ['answer', 'answer'], ['grow', 'remark']),
    list.element);
}

function sampleFacts(task, place, sample) {
  const usage = sample.usage || {};
  const tokens = [['completion', usage.completion], ['reasoning', usage.reasoning],
    ['prompt', usage.prompt], ['cached', usage.cached_prompt]]
    .filter(([, number]) => number !== null && number !== undefined)
    .map(([name, number]) => `${count(number)} ${name}`).join(', ');
  const flags = Object.keys(kFlags).filter((bit) => Number(task.flags[place]) & Number(bit));
  const facts = [
    ['extracted', task.votes && sample.extracted && el('code', {}, oneLine(sample.extracted, 200))],
    ['votes as', task.votes && sample.canonical && sample.canonical !== sample.extracted
      && el('code', {}, oneLine(sample.canonical, 200))],
    ['grader', sample.grader],
    ['finish', kFinishes[task.finish[place]]], ['thinking', kThinking[task.thinking[place]]],
    ['tokens', tokens],
    ['time', sample.total_ms > 0
      && `${seconds(sample.total_ms)}, first token after ${seconds(sample.first_token_ms)}`],
    ['remarks', flags.map((bit) => kFlags[bit]).join(', ')],
    ['requests', sample.attempts > 1 && String(sample.attempts)],
    ['served by', sample.served_by], ['seed', sample.seed], ['id', String(sample.id)]];
  return el('dl', { class: 'facts' }, facts.filter(([, value]) => value)
    .flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}

function promptBox(prompt, raw) {
  if (!prompt || prompt.length === 0) return null;
  return el('details', {}, el('summary', {}, 'Prompt'), prompt.map(([role, content]) =>
    el('div', { class: 'turn' }, el('h3', {}, role), renderText(content, null, raw))));
}

// Thinking is set when it is opened: it may be a hundred times the answer.
function thinkingBox(text, raw, cut) {
  const box = el('details', { class: 'thinking' }, el('summary', {},
    cut ? 'Thinking, never closed' : 'Thinking',
    el('span', { class: 'quiet' }, ` ${count(text.length)} characters`)));
  box.addEventListener('toggle', () => {
    if (box.open && box.children.length === 1) box.append(renderText(text, null, raw));
  });
  return box;
}

// The reply's segments: thinking, and the text, of which the extracted answer is a part.
function replyBox(task, place, sample, raw) {
  const thinking = sample.segments.filter(([kind]) => kind === 'thinking');
  const rest = sample.segments.filter(([kind]) => kind !== 'thinking');
  const whole = rest.map(([, part]) => part).join('');
  const text = whole.replace(/^\s*\n/, '');
  const at = rest.findIndex(([kind]) => kind === 'answer');
  const begin = rest.slice(0, at).reduce((sum, [, part]) => sum + part.length, 0) -
    (whole.length - text.length);
  const marked = at < 0 ? null : [begin, begin + rest[at][1].length];
  return el('section', { class: 'reply' },
    thinking.map(([, part]) => thinkingBox(part, raw, task.thinking[place] === 'u')),
    text.trim() === '' ? el('p', { class: 'quiet' }, 'No text after the thinking.')
      : renderText(text, marked, raw));
}

function sampleBody(task, place, read, raw) {
  const { sample, prompt } = read;
  return [
    el('div', {},
      sample.reason && el('p', { class: 'trouble' }, sample.reason),
      sample.damage && el('p', { class: 'trouble' }, sample.damage),
      sample.explanation && el('section', { class: 'explanation' },
        el('h2', {}, task.votes ? 'Why' : 'Tests and verdict'), el('p', {}, sample.explanation)),
      promptBox(prompt, raw),
      sample.segments && [el('h2', {}, 'Reply'), replyBox(task, place, sample, raw)]),
    el('aside', {}, sampleFacts(task, place, sample))];
}

function unread(run, task) {
  if (task.redacted) return 'The texts of this task are private and not in this file.';
  if (run.replies === 'none') {
    return 'The replies are too many for one file and were left out: `proctor view` shows them.';
  }
  return 'There is nothing more about this sample.';
}

function showSample(run, id, app) {
  const row = run.rowOf(id);
  if (row < 0) return el('p', { class: 'quiet' }, `There is no sample ${id} in this run.`);
  const { task: index, place, question, repeat } = run.at(row);
  const task = run.tasks[index];
  const body = el('div', { class: 'body' }, el('p', { class: 'quiet' }, 'Loading…'));
  let raw = false;
  let read = null;
  const draw = () => read && body.replaceChildren(...sampleBody(task, place, read, raw));
  const toggle = el('button', { type: 'button', onclick: () => {
    raw = !raw;
    toggle.textContent = raw ? 'Show set' : 'Show raw';
    draw();
  } }, 'Show raw');
  app.replies.read(id).then((answer) => {
    read = answer;
    if (answer) draw();
    else body.replaceChildren(el('p', { class: 'quiet' }, unread(run, task)));
  }, (error) => body.replaceChildren(el('p', { class: 'trouble' }, String(error.message || error))));
  return el('article', { class: 'sample' },
    el('h1', {}, el('a', { href: questionHash(task, question) },
      `${task.name} / ${task.questions[question].id}`),
    el('small', {}, ` sample #${repeat} of ${task.repeats} `), badge(task.outcome[place]),
    app.stepButtons(run, row), toggle),
    el('details', { class: 'asked', open: task.questions[question].text.length < 1200 },
      el('summary', {}, 'Question'), questionHead(run, task, question)),
    body);
}
