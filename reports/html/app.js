// The page: which part is shown, the keys, light and dark.

const kKeys = [
  ['1 2 3', 'overview, questions, samples'], ['j k', 'next, previous'],
  ['Enter', 'open what is selected'], ['Esc', 'back to the list, or leave the search'],
  ['/', 'search'], ['t', 'light or dark'], ['?', 'these keys'],
];

class App {
  constructor(boot, run) {
    this.run = run;
    this.replies = new Replies(boot, run);
    this.page = document.getElementById('page');
    this.search = document.getElementById('search');
    this.list = null;    // what j, k and Enter act on
    this.trail = null;   // the rows that a sample was opened from
    this.lists = new Map();  // the place in each list, by address
    this.steps = null;   // j and k of a page without a list of its own
  }

  go(hash) {
    if (location.hash === hash) this.show();
    else location.hash = hash;
  }

  // The list of the page that is being made; `rows`, if its entries are samples.
  use(list, rows = null, steps = null) {
    this.list = list;
    if (rows) this.trail = rows;
    if (!steps) this.steps = null;
  }

  show() {
    const at = parseHash(location.hash);
    const here = location.hash || '#overview';
    if (this.list && this.shown) {
      this.lists.set(this.shown, { selected: this.list.selected, top: this.list.top });
    }
    this.list?.resized.disconnect();
    this.list = null;
    this.steps = null;
    if (at.page !== 'sample' && at.page !== 'question') this.lastList = here;
    this.page.replaceChildren(this.draw(at));
    this.shown = here;
    this.restore(here);
    for (const link of document.querySelectorAll('nav a')) {
      link.classList.toggle('current', link.dataset.page === at.page);
    }
    if (document.activeElement !== this.search) this.search.value = at.filter?.text || '';
    document.title = `${this.run.report.model}, run ${this.run.report.run}`;
    if (at.page === 'sample' || at.page === 'question') window.scrollTo(0, 0);
  }

  draw(at) {
    switch (at.page) {
      case 'questions': return showQuestions(this.run, at.filter, this);
      case 'samples': return showSamples(this.run, at.filter, this);
      case 'question': return showQuestion(this.run, at.key, this);
      case 'sample': return showSample(this.run, at.id, this);
      default: return showOverview(this.run);
    }
  }

  restore(here) {
    const place = this.lists.get(here);
    if (!this.list) return;
    if (place) {
      this.list.selected = place.selected;
      this.list.scrollTo(place.top);
    }
    this.list.draw();
  }

  // Buttons, and j and k, to the samples before and after in the list that this one came from; in
  // the whole run for one that came from a link.
  stepButtons(run, row) {
    const inTrail = this.trail ? this.trail.indexOf(row) : -1;
    const neighbour = (step) => {
      const to = inTrail >= 0 ? this.trail[inTrail + step] : row + step;
      return to !== undefined && to >= 0 && to < run.size ? run.at(to).id : null;
    };
    const go = (step) => { if (neighbour(step) !== null) this.go(`#s=${neighbour(step)}`); };
    this.steps = { j: () => go(1), k: () => go(-1) };
    return el('span', { class: 'steps' },
      el('button', { type: 'button', title: 'k', disabled: neighbour(-1) === null,
        onclick: () => go(-1) }, '‹'),
      el('button', { type: 'button', title: 'j', disabled: neighbour(1) === null,
        onclick: () => go(1) }, '›'));
  }

  searchFor(text) {
    const at = parseHash(location.hash);
    const page = at.page === 'samples' ? 'samples' : 'questions';
    const filter = at.page === page ? at.filter : {};
    history.replaceState(null, '', listHash(page, { ...filter, text }));
    this.show();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const focused = document.activeElement;
    const leaves = event.key === 'Escape' || (event.key === 'Enter' && focused === this.search);
    if (isField(focused) && !leaves) return;
    const action = {
      1: () => this.go('#overview'), 2: () => this.go('#questions'), 3: () => this.go('#samples'),
      '/': () => this.search.select(), t: switchTheme, '?': showKeys,
      j: () => (this.steps ? this.steps.j() : this.list?.move(1)),
      k: () => (this.steps ? this.steps.k() : this.list?.move(-1)),
      Enter: () => this.enter(), Escape: () => this.escape(),
    }[event.key];
    const presses = event.key === 'Enter' && /^(A|BUTTON|SUMMARY)$/.test(event.target.tagName);
    if (!action || presses) return;
    event.preventDefault();
    action();
  }

  enter() {
    document.activeElement?.blur();
    if (this.list && this.list.length > 0) this.list.choose(this.list.selected);
  }

  escape() {
    const help = document.getElementById('help');
    if (help.open) help.close();
    else if (isField(document.activeElement)) document.activeElement.blur();
    else this.go(this.lastList || '#overview');
  }
}

function isField(element) { return /^(INPUT|SELECT|TEXTAREA)$/.test(element?.tagName); }

function showKeys() {
  const help = document.getElementById('help');
  help.replaceChildren(el('h2', {}, 'Keys'),
    el('dl', { class: 'facts' }, kKeys.flatMap(([keys, does]) => [
      el('dt', {}, keys.split(' ').map((key) => el('kbd', {}, key))), el('dd', {}, does)])),
    el('button', { type: 'button', onclick: () => help.close() }, 'Close'));
  help.showModal();
}

// A file opened from a disk may have no storage of its own: the choice then lasts as long as the
// page.
function storage() {
  try { return window.localStorage; } catch { return null; }
}

function switchTheme() {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'light' : 'dark';
  storage()?.setItem('proctor-theme', document.documentElement.dataset.theme);
}

// The other runs of the store, where the page is served from it.
async function offerRuns(boot, run) {
  const place = document.getElementById('run');
  if (!boot.live) {
    place.textContent = `${run.report.model} · run ${run.report.run}`;
    return;
  }
  const runs = await (await fetch('api/runs')).json();
  place.replaceChildren(el('select', { 'aria-label': 'run', onchange: (event) => {
    location.href = `?run=${event.target.value}`;
  } }, runs.reverse().map((one) => el('option', { value: one.run, selected: one.run === boot.run },
    `run ${one.run} · ${one.model} · ${one.created_at.slice(0, 10)}`))));
}

async function start() {
  const theme = storage()?.getItem('proctor-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  document.getElementById('theme').addEventListener('click', switchTheme);
  document.getElementById('keys').addEventListener('click', showKeys);
  const boot = JSON.parse(document.getElementById('boot').textContent);
  try {
    const run = await loadRun(boot);
    const app = new App(boot, run);
    let waiting = 0;
    app.search.addEventListener('input', () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => app.searchFor(app.search.value), 150);
    });
    addEventListener('hashchange', () => app.show());
    addEventListener('keydown', (event) => app.key(event));
    app.show();
    await offerRuns(boot, run);
  } catch (error) {
    document.getElementById('page').replaceChildren(
      el('p', { class: 'trouble' }, String(error.message || error)));
  }
}

start();
