// The overview's plots, as SVG. Colours come from the style sheet by class, so that light and dark
// are its business alone.

const kPlot = { width: 560, left: 132, right: 22, row: 30, top: 8, axis: 34 };

function linear(low, high) {
  const span = kPlot.width - kPlot.left - kPlot.right;
  return (value) => kPlot.left + span * Math.min(1, Math.max(0, (value - low) / (high - low || 1)));
}

function logarithmic(low, high) {
  const scale = linear(Math.log(low), Math.log(high));
  return (value) => scale(Math.log(Math.max(value, low)));
}

function line(x1, y1, x2, y2, style) { return svg('line', { x1, y1, x2, y2, class: style }); }

function label(x, y, text, style = '', anchor = 'start') {
  return svg('text', { x, y, class: style, 'text-anchor': anchor }, text);
}

function titled(element, text) {
  element.append(svg('title', {}, text));
  return element;
}

function bottomAxis(scale, ticks, bottom, name) {
  const last = ticks.at(-1);
  return [
    ...ticks.map(([value, text]) => svg('g', {},
      line(scale(value), kPlot.top, scale(value), bottom, 'grid'),
      label(scale(value), bottom + 14, text, 'tick', 'middle'))),
    label(scale(last[0]), bottom + 30, name, 'tick', 'end'),
  ];
}

function frame(rows, parts) {
  const height = kPlot.top + rows * kPlot.row + kPlot.axis;
  return svg('svg', { class: 'plot', viewBox: `0 0 ${kPlot.width} ${height}`, role: 'img' }, parts);
}

function legend(...entries) {
  return el('p', { class: 'legend' }, entries.map(([style, text]) =>
    el('span', {}, svg('svg', { class: 'key', viewBox: '0 0 22 10' },
      svg('rect', { x: 1, y: style.startsWith('thin') ? 4 : 1, width: 20,
        height: style.startsWith('thin') ? 2 : 8, rx: 1, class: style })), text)));
}

function figure(title, drawing, ...notes) {
  return el('figure', {}, el('figcaption', {}, title), drawing, notes);
}

function percentTicks() { return [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => [at, percent(at, 0)]); }

// pass@1 of each task, with what both errors say about it and what may hide in missing samples.
function plotAccuracy(run) {
  const scale = linear(0, 1);
  const bottom = kPlot.top + run.tasks.length * kPlot.row;
  const parts = bottomAxis(scale, percentTicks(), bottom, 'pass@1, percent');
  run.report.tasks.forEach((task, index) => {
    const y = kPlot.top + (index + 0.5) * kPlot.row;
    parts.push(label(kPlot.left - 10, y + 4, task.task, 'name', 'end'));
    const mean = task['pass@1'];
    if (mean === null) return;
    const [low, high] = task.interval_95_questions_like_these;
    const [worst, best] = task.bounds;
    const bar = (from, to, height, style, text) => parts.push(titled(svg('rect', {
      x: scale(from), y: y - height / 2, width: Math.max(1, scale(to) - scale(from)), height,
      rx: Math.min(1.5, height / 2), class: style }), text));
    if (task.coverage < 1) {
      bar(worst, best, 18, 'bounds', `missing samples: ${percent(worst)} .. ${percent(best)}`);
    }
    if (low !== null) {
      bar(low, high, 2, 'thin like', `questions like these, 95 %: ${percent(low)} .. ${percent(high)}`);
    }
    const these = task.standard_error_these_questions;
    if (these !== null) {
      bar(mean - 1.96 * these, mean + 1.96 * these, 9, 'these',
        `these questions, 95 %: ± ${percent(1.96 * these, 2)}`);
    }
    parts.push(titled(svg('circle', { cx: scale(mean), cy: y, r: 3.6, class: 'mean' }),
      `${task.task}: ${percent(mean)}`));
    const voted = task.metrics[`cons@${task.repeats}`];
    if (voted && voted.value !== null) {
      const x = scale(voted.value);
      parts.push(titled(svg('path', { d: `M${x - 4} ${y - 12}h8l-4 6z`, class: 'voted' }),
        `cons@${task.repeats}: ${percent(voted.value)}`));
    }
  });
  return figure('Accuracy, with two errors that answer two questions', frame(run.tasks.length, parts),
    legend(['these', 'these questions, other samples (95 %)'],
      ['thin like', 'questions like these (95 %)'],
      ['voted', 'majority of all samples (cons@K)'],
      ...(run.report.tasks.some((task) => task.coverage < 1)
        ? [['bounds', 'if all missing were wrong .. right']] : [])));
}

function quantile(sorted, share) { return sorted[Math.floor(share * (sorted.length - 1))]; }

// The completion tokens of a task's samples with that outcome, sorted.
function lengthsOf(task, letter) {
  const lengths = task.tokens.filter((tokens, i) => tokens >= 0 && task.outcome[i] === letter);
  return lengths.sort();
}

function powersBetween(low, high) {
  const ticks = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (const step of high / low > 300 ? [1] : [1, 2, 5]) {
      if (power * step >= low && power * step <= high) {
        ticks.push([power * step, shortCount(power * step)]);
      }
    }
  }
  return ticks;
}

// How long right and wrong replies are; null if no reply's tokens were counted.
function plotLengths(run) {
  const kinds = [['c', 'right'], ['w', 'wrong']];
  const rows = run.tasks.flatMap((task) => kinds.map(([letter, name]) => (
    { task, name, lengths: lengthsOf(task, letter) })));
  const filled = rows.filter((row) => row.lengths.length > 0);
  if (filled.length === 0) return null;
  const low = Math.max(1, Math.min(...filled.map((row) => row.lengths[0])) * 0.9);
  const high = Math.max(low * 4, ...filled.map((row) => row.lengths.at(-1) * 1.1));
  const scale = logarithmic(low, high);
  const bottom = kPlot.top + run.tasks.length * kPlot.row;
  const parts = bottomAxis(scale, powersBetween(low, high), bottom, 'tokens a reply');
  rows.forEach(({ task, name, lengths }, index) => {
    const top = kPlot.top + Math.floor(index / 2) * kPlot.row;
    const y = top + kPlot.row * (index % 2 === 0 ? 0.3 : 0.7);
    if (index % 2 === 0) {
      parts.push(label(kPlot.left - 10, top + kPlot.row / 2 + 4, task.name, 'name', 'end'));
    }
    if (lengths.length === 0) return;
    const [p5, p25, p50, p75, p95] = [0.05, 0.25, 0.5, 0.75, 0.95].map((q) => quantile(lengths, q));
    const box = svg('g', { class: name },
      line(scale(p5), y, scale(p95), y, 'whisker'),
      svg('rect', { x: scale(p25), y: y - 4, width: Math.max(1, scale(p75) - scale(p25)),
        height: 8, rx: 1, class: 'box' }),
      line(scale(p50), y - 5, scale(p50), y + 5, 'median'));
    parts.push(titled(box, `${task.name}, ${count(lengths.length)} ${name}: median ${count(p50)}, ` +
      `half within ${count(p25)} .. ${count(p75)}, nine in ten within ${count(p5)} .. ${count(p95)}`));
  });
  return figure('Length of replies, right and wrong', frame(run.tasks.length, parts),
    legend(['right', 'right'], ['wrong', 'wrong']),
    el('p', { class: 'note' }, 'Box: the middle half, with the median; line: 5 % to 95 %.'));
}

// pass@1 if a right answer only counted once it was out within so many tokens: the mean over
// questions of the share of decided samples for which that is so.
function accuracyWithin(task, budget) {
  let sum = 0;
  let asked = 0;
  for (let question = 0; question < task.questions.length; ++question) {
    let right = 0;
    let decided = 0;
    for (let i = task.start(question); i < task.start(question + 1); ++i) {
      if (!'cwn'.includes(task.outcome[i])) continue;
      ++decided;
      if (task.outcome[i] === 'c' && task.reached[i] <= budget) ++right;
    }
    if (decided === 0) continue;
    sum += right / decided;
    ++asked;
  }
  return asked === 0 ? null : sum / asked;
}

function pathThrough(points) {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

function curveFrame(scale, ticks, name, height, parts) {
  const bottom = kPlot.top + height;
  const across = [0, 0.5, 1].map((share) => {
    const y = bottom - share * height;
    return svg('g', {}, line(kPlot.left, y, kPlot.width - kPlot.right, y, 'grid'),
      label(kPlot.left - 8, y + 4, percent(share, 0), 'tick', 'end'));
  });
  return svg('svg', { class: 'plot', role: 'img',
    viewBox: `0 0 ${kPlot.width} ${bottom + kPlot.axis}` },
  bottomAxis(scale, ticks, bottom, name), across, parts);
}

function taskLegend(names) {
  return el('p', { class: 'legend' }, names.map((name, i) =>
    el('span', {}, svg('svg', { class: 'key', viewBox: '0 0 22 10' },
      line(1, 5, 21, 5, `curve hue${i % 6}`)), name)));
}

// Accuracy at a token budget, for the tasks of which all right answers' tokens are known; null if
// there is none. The dots are the report's own figures.
function plotBudget(run) {
  const counted = run.tasks.filter((task) => task.reached.some((tokens) => tokens > 0) &&
    task.reached.every((tokens, i) => tokens >= 0 || task.outcome[i] !== 'c'));
  if (counted.length === 0) return null;
  const points = (task) => run.figures(run.tasks.indexOf(task))['pass@1_at_tokens'];
  const reached = counted.map((task) => task.reached.filter((tokens) => tokens > 0).sort());
  const low = Math.max(1, Math.min(...reached.map((lengths) => lengths[0])) * 0.8);
  const high = Math.max(low * 4, ...reached.map((lengths) => lengths.at(-1) * 1.25));
  const scale = logarithmic(low, high);
  const height = 150;
  const steps = Array.from({ length: 41 }, (_, i) => low * (high / low) ** (i / 40));
  const y = (share) => kPlot.top + height * (1 - (share || 0));
  const curves = counted.map((task, index) => svg('g', { class: `series hue${index % 6}` },
    svg('path', { class: 'curve', d: pathThrough(steps.map((budget) =>
      [scale(budget), y(accuracyWithin(task, budget))])) }),
    points(task).filter((point) => point.tokens <= high).map((point) => titled(svg('circle',
      { cx: scale(point.tokens), cy: y(point['pass@1']), r: 3 }),
    `${task.name} at ${count(point.tokens)} tokens: ${percent(point['pass@1'])}`))));
  return figure('Accuracy at a token budget',
    curveFrame(scale, powersBetween(low, high), 'tokens a reply may take', height, curves),
    taskLegend(counted.map((task) => task.name)),
    el('p', { class: 'note' }, 'pass@1 if only answers counted that were out within the budget.'));
}

// pass@1 of this run after that of earlier ones of the same recipe; null if there are none.
function plotTrend(run) {
  const series = run.tasks.map((task, index) => ({ name: task.name, index,
    points: [...(run.earlier[task.name] || []), pointOf(run, index)] }))
    .filter((one) => one.points.length > 1);
  if (series.length === 0) return null;
  const most = Math.max(...series.map((one) => one.points.length));
  const scale = linear(0, most - 1);
  const height = 150;
  const y = (share) => kPlot.top + height * (1 - Math.min(1, Math.max(0, share)));
  const parts = series.map(({ name, index, points }) => {
    const shift = most - points.length;
    return svg('g', { class: `series hue${index % 6}` },
      svg('path', { class: 'curve',
        d: pathThrough(points.map((point, i) => [scale(i + shift), y(point.pass_1)])) }),
      points.map((point, i) => titled(svg('g', {},
        point.error_samples === null ? null : line(scale(i + shift),
          y(point.pass_1 - 1.96 * point.error_samples), scale(i + shift),
          y(point.pass_1 + 1.96 * point.error_samples), 'whisker'),
        svg('circle', { cx: scale(i + shift), cy: y(point.pass_1), r: 3 })),
      `${name}, run ${point.run}, ${point.created_at.slice(0, 10)}, ${point.model}: ` +
        percent(point.pass_1))));
  });
  const longest = series.find((one) => one.points.length === most).points;
  const every = Math.ceil(most / 8);
  const ticks = longest.map((point, i) => [i, `run ${point.run}`])
    .filter((_, i) => (most - 1 - i) % every === 0);
  return figure('Trend over the runs of the same recipe',
    curveFrame(scale, ticks, '', height, parts), taskLegend(series.map((one) => one.name)),
    el('p', { class: 'note' }, 'Bars: these questions, other samples (95 %).'));
}

function pointOf(run, index) {
  const task = run.report.tasks[index];
  return { run: run.report.run, created_at: run.report.created_at, model: run.report.model,
    pass_1: task['pass@1'], error_samples: task.standard_error_these_questions };
}
