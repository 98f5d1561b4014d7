// Which questions and samples a list shows. A filter is the part of the address behind the page's
// name (`#samples?task=aime24&outcome=w`), so that every list is a link.

function parseHash(hash) {
  const text = hash.replace(/^#/, '');
  if (text.startsWith('q=')) return { page: 'question', key: decodeURIComponent(text.slice(2)) };
  if (text.startsWith('s=')) return { page: 'sample', id: Number(text.slice(2)) };
  const [page, query] = text.split('?');
  const filter = Object.fromEntries(new URLSearchParams(query || ''));
  return { page: page === 'questions' || page === 'samples' ? page : 'overview', filter };
}

function listHash(page, filter) {
  const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value));
  return `#${page}${query.size > 0 ? '?' + query : ''}`;
}

function questionHash(task, question) {
  const encode = (text) => encodeURIComponent(text).replaceAll('%2F', '/');
  return `#q=${encode(task.name)}/${encode(task.questions[question].id)}`;
}

// The question that "task/id" names, or null.
function questionNamed(run, key) {
  const task = run.taskNamed(key.slice(0, key.indexOf('/')));
  if (task < 0) return null;
  const id = key.slice(key.indexOf('/') + 1);
  const question = run.tasks[task].questions.findIndex((candidate) => candidate.id === id);
  return question < 0 ? null : { task, question };
}

// For each question of a task whether its id or text holds the words looked for, and which of its
// answers do. Hashes of texts that are withheld are not searched.
function textMatches(task, words) {
  const holds = (text) => words.every((word) => text.toLowerCase().includes(word));
  return task.questions.map((question) => ({
    itself: holds(`${task.name}/${question.id}` +
      (task.redacted ? '' : ` ${question.text} ${question.gold}`)),
    answers: question.answers.map((answer) => !task.redacted && holds(answer[0])) }));
}

function wordsOf(filter) { return (filter.text || '').toLowerCase().split(/\s+/).filter(Boolean); }

// The rows that a filter keeps, in order.
function samplesMatching(run, filter) {
  const words = wordsOf(filter);
  const rows = new Int32Array(run.size);
  let kept = 0;
  run.tasks.forEach((task) => {
    if (filter.task && filter.task !== task.name) return;
    const matches = words.length > 0 ? textMatches(task, words) : null;
    const one = filter.question === undefined ? -1
      : task.questions.findIndex((question) => question.id === filter.question);
    if (filter.question !== undefined && one < 0) return;
    const from = one < 0 ? 0 : task.start(one);
    const to = one < 0 ? task.size : task.start(one + 1);
    for (let i = from; i < to; ++i) {
      if (filter.outcome && !filter.outcome.includes(task.outcome[i])) continue;
      if (filter.finish && !filter.finish.includes(task.finish[i])) continue;
      if (filter.thinking && !filter.thinking.includes(task.thinking[i])) continue;
      if (filter.flag && (Number(task.flags[i]) & Number(filter.flag)) === 0) continue;
      if (matches) {
        const match = matches[Math.floor(i / task.repeats)];
        if (!match.itself && !(task.answer[i] >= 0 && match.answers[task.answer[i]])) continue;
      }
      rows[kept++] = task.first + i;
    }
  });
  return rows.subarray(0, kept);
}

// What a list of questions can be narrowed to, by the outcomes of a question's samples.
const kShows = {
  never: ['never right', (q) => q.decided > 0 && q.right === 0],
  always: ['always right', (q) => q.decided > 0 && q.right === q.decided],
  split: ['sometimes right', (q) => q.right > 0 && q.right < q.decided],
  outvoted: ['right but outvoted', (q) => q.right > 0 && q.consensus !== null && q.consensus < 0.5],
  missing: ['with samples missing', (q) => q.decided < q.repeats],
};

const kSorts = {
  share: ['least right first', (a, b) => a.share - b.share],
  most: ['most right first', (a, b) => b.share - a.share],
  tokens: ['longest first', (a, b) => b.tokens - a.tokens],
};

// What is said of one question in a list.
function digest(run, taskIndex, question) {
  const task = run.tasks[taskIndex];
  const counts = task.tally(question);
  const right = counts.c || 0;
  const decided = right + (counts.w || 0) + (counts.n || 0);
  const lengths = task.tokens.slice(task.start(question), task.start(question + 1))
    .filter((tokens) => tokens >= 0).sort();
  return { task: taskIndex, question, counts, right, decided, repeats: task.repeats,
    share: decided > 0 ? right / decided : 2, consensus: task.questions[question].consensus,
    tokens: lengths.length > 0 ? quantile(lengths, 0.5) : -1 };
}

function questionsMatching(run, filter) {
  const words = wordsOf(filter);
  const found = [];
  run.tasks.forEach((task, index) => {
    if (filter.task && filter.task !== task.name) return;
    const matches = words.length > 0 ? textMatches(task, words) : null;
    task.questions.forEach((_, question) => {
      if (matches && !matches[question].itself && !matches[question].answers.includes(true)) return;
      const one = digest(run, index, question);
      if (!kShows[filter.show] || kShows[filter.show][1](one)) found.push(one);
    });
  });
  return kSorts[filter.sort] ? found.sort(kSorts[filter.sort][1]) : found;
}

function chooser(name, options, value, changed, unset = 'any') {
  return el('label', {}, `${name} `, el('select', { name, onchange: (event) =>
    changed({ [name]: event.target.value }) },
  el('option', { value: '' }, unset),
  Object.entries(options).map(([key, text]) =>
    el('option', { value: key, selected: key === value }, text))));
}

function taskOptions(run) {
  return Object.fromEntries(run.tasks.map((task) => [task.name, task.name]));
}

function firsts(table) {
  return Object.fromEntries(Object.entries(table).map(([key, [text]]) => [key, text]));
}
