// The run as the page holds it: what the program wrote (reports/html/page_data.h), made quick to
// look at. A row is a sample's place in the whole grid, counted from 0 over all tasks.

// Each sample is in exactly one of these. The letters are those of the page's data.
const kOutcomes = {
  c: 'correct', w: 'wrong', n: 'no answer', u: 'undecided',
  x: 'ungraded', f: 'failed', g: 'not graded yet', i: 'in flight', p: 'planned',
};
const kFinishes = {
  s: 'stop', l: 'length', f: 'content filter', e: 'empty', r: 'repetition', k: 'unknown',
};
const kThinking = { c: 'closed', u: 'unclosed', e: 'empty', a: 'absent' };
const kFlags = { 1: 'loops', 2: 'mixes scripts', 4: 'duplicate' };

// A block of the page: JSON, deflated (RFC 1950), in base64.
async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64.trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return JSON.parse(await new Response(stream).text());
}

class Task {
  constructor(json, first) {
    Object.assign(this, json);
    this.first = first;
    this.size = this.questions.length * this.repeats;
    this.tokens = Int32Array.from(json.tokens);
    this.reached = Int32Array.from(json.reached);
    this.answer = Int32Array.from(json.answer);
  }

  // Place within the task of a question's first sample.
  start(question) { return question * this.repeats; }

  // How many of the question's samples have each outcome: {c: 3, w: 1}.
  tally(question) {
    const counts = {};
    for (let i = this.start(question); i < this.start(question + 1); ++i) {
      const letter = this.outcome[i];
      counts[letter] = (counts[letter] || 0) + 1;
    }
    return counts;
  }

  answerText(question, place) {
    const answer = this.answer[place];
    return answer < 0 ? '' : this.questions[question].answers[answer][0];
  }

  // The answer with most votes, the first of them on a tie; null without votes.
  majority(question) {
    return this.questions[question].answers.reduce(
      (best, answer) => (best === null || answer[1] > best[1] ? answer : best), null);
  }
}

class Run {
  constructor(json) {
    this.report = json.report;
    this.store = json.store;
    this.replies = json.replies;
    this.earlier = json.earlier || {};
    this.tasks = [];
    this.size = 0;
    for (const task of json.tasks) {
      this.tasks.push(new Task(task, this.size));
      this.size += this.tasks.at(-1).size;
    }
  }

  taskNamed(name) { return this.tasks.findIndex((task) => task.name === name); }

  figures(task) { return this.report.tasks[task]; }

  // What is at a row.
  at(row) {
    const task = this.tasks.findIndex((candidate) => row < candidate.first + candidate.size);
    const place = row - this.tasks[task].first;
    const repeats = this.tasks[task].repeats;
    return { row, task, place, question: Math.floor(place / repeats), repeat: place % repeats,
      id: this.tasks[task].first_sample + place };
  }

  // The row of a sample's id, or -1.
  rowOf(id) {
    for (const task of this.tasks) {
      const place = id - task.first_sample;
      if (place >= 0 && place < task.size) return task.first + place;
    }
    return -1;
  }
}

async function loadRun(boot) {
  if (!boot.live) return new Run(await unpack(document.getElementById('data').textContent));
  const answer = await fetch('api/run?run=' + boot.run);
  if (!answer.ok) throw new Error(await answer.text());
  return new Run(await answer.json());
}
