// The overview: what `proctor report` prints, and plots.

function withShare(part, whole) {
  return whole > 0 ? percent(part / whole) : '–';
}

function metricCell(task, name) {
  const metric = task.metrics[name];
  if (!metric || metric.value === null) return '–';
  const whole = metric.questions === task.questions;
  return percent(metric.value) + (whole ? '' : ` (${metric.questions}/${task.questions} q)`);
}

function boundsCell(task) {
  if (task.coverage >= 1) return '–';
  return `${percent(task.bounds[0])} .. ${percent(task.bounds[1])}`;
}

function scoresTable(run) {
  const head = ['task', 'questions', 'pass@1', '± questions like these', '± these questions',
    'cons@K', 'pass@K', 'coverage', 'bounds'];
  const rows = run.report.tasks.map((task) => [
    el('a', { href: listHash('questions', { task: task.task }) }, task.task),
    `${task.questions} × ${task.repeats}`,
    el('b', {}, percent(task['pass@1']) + (task.coverage < 1 ? '*' : '')),
    percent(task.standard_error_questions_like_these, 2),
    percent(task.standard_error_these_questions, 2),
    task.repeats > 1 ? metricCell(task, `cons@${task.repeats}`) : '–',
    task.repeats > 1 ? metricCell(task, `pass@${task.repeats}`) : '–',
    coveragePercent(task.coverage),
    boundsCell(task)]);
  return table([head, ...rows]);
}

// A rating where a task has one: contests are not won in percent.
function ratingsTable(run) {
  const rated = run.report.tasks.filter((task) => task.rating);
  if (rated.length === 0) return null;
  const whole = (number) => (number === null ? '–' : String(Math.round(number)));
  return [table([['rated', 'rating', '±', '95 %', 'percentile', 'contests', 'at a bound', 'method'],
    ...rated.map(({ task, rating }) => [task, el('b', {}, whole(rating.rating)),
      whole(rating.standard_error_contests),
      rating.interval_95[0] === null ? '–' : rating.interval_95.map(whole).join(' .. '),
      rating.percentile === null ? '–' : `${rating.percentile.toFixed(1)} ${rating.percentile_of}`,
      count(rating.contests), count(rating.at_cap), rating.method])]),
  rated.map(({ task, rating }) => el('p', { class: 'note' }, `${task}: ${rating.label}`))];
}

// How replies ended and what they cost, a row a figure.
function repliesTable(run) {
  const share = (name, of, part) => [`${name}, %`, (task) => withShare(part(task), of(task))];
  const known = (name, key) => [`${name}, %`, (task) => withShare(task[key].part, task[key].of)];
  const average = (name, key) => [name, (task) => (task[key] === null ? '–'
    : count(Math.round(task[key])))];
  const dollars = (task, key) => (task.cost === null || task.cost[key] === null ? '–'
    : task.cost[key].toFixed(4));
  const replies = (task) => task.replies;
  const scored = (task) => task.states.scored;
  const undone = (task) => task.states.planned + task.states.in_flight + task.states.generated;
  const rows = [
    ['replies', (task) => count(task.replies)],
    share('cut at the token limit', replies, (task) => task.finish.length),
    share('withheld by a filter', replies, (task) => task.finish.content_filter),
    share('cut as a loop', replies, (task) => task.finish.repetition),
    share('empty', replies, (task) => task.finish.empty),
    share('thinking closed', scored, (task) => task.thinking.closed),
    share('thinking unclosed', scored, (task) => task.thinking.unclosed),
    share('thinking empty', scored, (task) => task.thinking.empty),
    share('thinking absent', scored, (task) => task.thinking.absent),
    share('no answer', scored, (task) => task.verdicts.no_answer),
    known('right of those ended by the model', 'correct_of_finished'),
    known('right of those cut', 'correct_of_cut'),
    known('ending in a loop', 'loops'),
    known('mixing scripts', 'mixes_scripts'),
    known('long and word for word twice', 'duplicates'),
    ['undecided', (task) => count(task.verdicts.undecided)],
    ['ungraded', (task) => count(task.states.ungraded)],
    ['failed', (task) => count(task.states.failed)],
    ['not done', (task) => count(undone(task))],
    average('tokens a reply', 'tokens_per_reply'),
    average('tokens a question', 'tokens_per_question'),
    average('tokens a right answer', 'tokens_per_correct'),
    ['from the response cache', (task) => (task.replies_from_cache === 0 ? '–'
      : `${count(task.replies_from_cache)} of ${count(task.replies)}`)],
    ['cost, USD', (task) => dollars(task, 'usd')],
    ['cost a right answer, USD', (task) => dollars(task, 'usd_per_correct')],
    ['requests repeated', (task) => count(task.repeated_requests)],
  ];
  return table([['samples', ...run.report.tasks.map((task) => task.task)],
    ...rows.map(([name, cell]) => [name, ...run.report.tasks.map(cell)])]);
}

function metricsTable(run) {
  const names = [...new Set(run.report.tasks.flatMap((task) => Object.keys(task.metrics)))];
  const limits = [...new Set(run.report.tasks.flatMap((task) =>
    task['pass@1_at_tokens'].map((point) => point.tokens)))].sort((a, b) => a - b);
  const within = (task, tokens) => {
    const point = task['pass@1_at_tokens'].find((one) => one.tokens === tokens);
    return point ? percent(point['pass@1']) : '–';
  };
  if (names.length + limits.length === 0) return null;
  return table([['percent', ...run.report.tasks.map((task) => task.task)],
    ...names.map((name) => [name, ...run.report.tasks.map((task) => metricCell(task, name))]),
    ...limits.map((tokens) => [`pass@1 at ${count(tokens)} tokens`,
      ...run.report.tasks.map((task) => within(task, tokens))])]);
}

function breakdownTables(run) {
  return run.report.tasks.flatMap((task) => Object.entries(task.by).map(([attribute, parts]) =>
    el('details', { open: Object.keys(parts).length <= 12 },
      el('summary', {}, `${task.task} by ${attribute}`),
      table([[attribute, 'questions', 'pass@1', '± questions like these', 'coverage'],
        ...Object.entries(parts).map(([value, part]) => [value, count(part.questions),
          percent(part['pass@1']), percent(part.standard_error_questions_like_these, 2),
          coveragePercent(part.coverage)])]))));
}

// Why samples failed or stay ungraded.
function reasonsList(run) {
  const entries = run.report.tasks.flatMap((task) =>
    Object.entries(task.reasons).map(([reason, times]) => ({ task: task.task, reason, times })));
  if (entries.length === 0) return null;
  return el('section', {}, el('h2', {}, 'Samples without a score'),
    table([['reason', 'task', 'samples'],
      ...entries.map((entry) => [entry.reason, entry.task, count(entry.times)])]));
}

function factsOf(run) {
  const report = run.report;
  const facts = [['model', report.model], ['endpoint', report.endpoint],
    ['started', report.created_at], ['ended', report.finished_at], ['state', report.status],
    ['seed', Number.isSafeInteger(report.seed) ? report.seed : ''],
    ['fingerprint', report.fingerprint], ['proctor', report.version]];
  const protocols = report.tasks.map((task) => `${task.task} ${task.protocol} ${task.grader}`);
  return el('dl', { class: 'facts' },
    [...facts, ['protocols', protocols.join(', ')]]
      .filter(([, value]) => value !== '' && value !== null)
      .flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, String(value))]));
}

function incompleteNote(run) {
  if (run.report.tasks.every((task) => task.coverage >= 1)) return null;
  return el('p', { class: 'note' },
    '* over the samples decided so far; bounds: all the others wrong .. all the others right.');
}

// What was odd about the endpoint before the run.
function canaryNotes(run) {
  return (run.report.canary_remarks || []).map((remark) =>
    el('p', { class: 'note' }, `Canary, before the run: ${remark}`));
}

function privateNote(run) {
  const hidden = run.tasks.filter((task) => task.redacted).map((task) => task.name);
  if (hidden.length === 0) return null;
  return el('p', { class: 'note' }, `${hidden.join(', ')}: the questions must not be published in ` +
    'plain text. Questions, answers and replies appear here as the SHA-256 of their texts.');
}

function showOverview(run) {
  return el('div', { class: 'overview' },
    el('h1', {}, run.report.model, el('small', {}, ` run ${run.report.run}, ${run.store}`)),
    scoresTable(run), el('p', { class: 'note' }, 'Percent; ± is one standard error.'),
    incompleteNote(run), canaryNotes(run), privateNote(run), ratingsTable(run),
    el('div', { class: 'plots' },
      [plotAccuracy, plotLengths, plotBudget, plotTrend].map((plot) => plot(run))),
    reasonsList(run),
    el('div', { class: run.tasks.length > 3 ? 'columns single' : 'columns' },
      el('section', {}, el('h2', {}, 'Replies'), repliesTable(run)),
      el('section', {}, el('h2', {}, 'Metrics'), metricsTable(run), breakdownTables(run))),
    el('h2', {}, 'This run'), factsOf(run));
}
