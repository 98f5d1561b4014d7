// The pages that list questions and samples.

function badge(letter) {
  return el('span', { class: `badge ${kindOf(letter)}` }, kOutcomes[letter]);
}

function kindOf(letter) {
  const kinds = { c: 'right', w: 'wrong', n: 'none', u: 'open', x: 'failed', f: 'failed' };
  return kinds[letter] || 'undone';
}

// A question's samples as one bar.
function outcomeBar(counts) {
  const order = [...'cwnuxfgip'].filter((letter) => counts[letter]);
  const said = order.map((letter) => `${counts[letter]} ${kOutcomes[letter]}`).join(', ');
  return el('span', { class: 'outcomes', title: said }, order.map((letter) => {
    const part = el('i', { class: kindOf(letter) });
    part.style.flexGrow = counts[letter];
    return part;
  }));
}

function oneLine(text, length = 160) {
  const line = text.slice(0, length * 2).replace(/\s+/g, ' ').trim();
  return line.length > length ? line.slice(0, length) + '…' : line;
}

function cell(style, ...content) { return el('span', { class: `cell ${style}` }, content); }

function questionCells(run, one) {
  const task = run.tasks[one.task];
  const question = task.questions[one.question];
  const top = task.majority(one.question);
  return [
    cell('task', task.name), cell('id', question.id), cell('grow', oneLine(question.text)),
    cell('bar', outcomeBar(one.counts)),
    cell('number', one.decided > 0 ? percent(one.share, 0) : '–'),
    cell('number', `${one.right}/${one.decided}`),
    cell(`answer${top && !top[2] ? ' outvoted' : ''}`, top ? oneLine(top[0], 40) : ''),
    cell('number', one.tokens >= 0 ? shortCount(one.tokens) : '–')];
}

function sampleCells(run, row) {
  const { task: index, place, question, repeat } = run.at(row);
  const task = run.tasks[index];
  const flags = Object.keys(kFlags).filter((bit) => Number(task.flags[place]) & Number(bit));
  return [
    cell('task', task.name), cell('id', task.questions[question].id),
    cell('number', `#${repeat}`), cell('outcome', badge(task.outcome[place])),
    cell('word', kFinishes[task.finish[place]] || '–'),
    cell('word', kThinking[task.thinking[place]] || '–'),
    cell('number', task.tokens[place] >= 0 ? shortCount(task.tokens[place]) : '–'),
    cell('answer', oneLine(task.answerText(question, place), 40)),
    cell('grow', task.reasons[task.reason[place]] || flags.map((bit) => kFlags[bit]).join(', '))];
}

function heads(...columns) {
  return el('div', { class: 'row heads' }, columns.map(([style, text]) => cell(style, text)));
}

function showList(controls, headRow, list, total) {
  list.element.classList.add('main');
  return el('div', { class: 'listing' },
    el('div', { class: 'controls' }, controls,
      el('span', { class: 'quiet', id: 'matches' }, `${count(list.length)} of ${count(total)}`)),
    headRow, list.length > 0 ? list.element : el('p', { class: 'quiet' }, 'Nothing matches.'));
}

function showQuestions(run, filter, app) {
  const found = questionsMatching(run, filter);
  const total = run.tasks.reduce((sum, task) => sum + task.questions.length, 0);
  const change = (part) => app.go(listHash('questions', { ...filter, ...part }));
  const list = new List(found.length, (i) => questionCells(run, found[i]),
    (i) => app.go(questionHash(run.tasks[found[i].task], found[i].question)));
  app.use(list);
  return showList([
    chooser('task', taskOptions(run), filter.task, change),
    chooser('show', firsts(kShows), filter.show, change),
    chooser('sort', firsts(kSorts), filter.sort, change, 'as asked')],
  heads(['task', 'task'], ['id', 'id'], ['grow', 'question'], ['bar', 'samples'],
    ['number', 'right %'], ['number', 'right'], ['answer', 'most voted'], ['number', 'tokens']),
  list, total);
}

function showSamples(run, filter, app) {
  const rows = samplesMatching(run, filter);
  const change = (part) => app.go(listHash('samples', { ...filter, ...part }));
  const list = new List(rows.length, (i) => sampleCells(run, rows[i]),
    (i) => app.go(`#s=${run.at(rows[i]).id}`));
  app.use(list, rows);
  return showList([
    chooser('task', taskOptions(run), filter.task, change),
    chooser('outcome', { ...kOutcomes, gip: 'not done', xf: 'ungraded or failed' }, filter.outcome,
      change),
    chooser('finish', kFinishes, filter.finish, change),
    chooser('thinking', kThinking, filter.thinking, change),
    chooser('flag', kFlags, filter.flag, change),
    filter.question !== undefined && el('button', { type: 'button',
      onclick: () => change({ question: undefined }) }, `question ${filter.question} ✕`)],
  heads(['task', 'task'], ['id', 'question'], ['number', 'sample'], ['outcome', 'outcome'],
    ['word', 'finish'], ['word', 'thinking'], ['number', 'tokens'], ['answer', 'answer'],
    ['grow', 'remark']),
  list, run.size);
}
