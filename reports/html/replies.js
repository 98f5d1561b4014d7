// Where a sample's texts come from: blocks of the page itself, or the program that serves it.

class Replies {
  constructor(boot, run) {
    this.boot = boot;
    this.run = run;
    this.blocks = null;  // of the page, by first sample
    this.last = { key: null, block: null };
  }

  // {sample, prompt}; null where the page was written without texts. Throws what went wrong.
  async read(id) {
    const block = this.boot.live ? await this.ask(id) : await this.find(id);
    const sample = block && block.samples.find((candidate) => candidate.id === id);
    return sample ? { sample, prompt: block.prompts[sample.prompt] } : null;
  }

  async ask(id) {
    const answer = await fetch(`api/sample?run=${this.boot.run}&id=${id}`);
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }

  async find(id) {
    await wholePage();
    this.blocks ||= [...document.querySelectorAll('script[data-first]')].map((element) => ({
      first: Number(element.dataset.first), last: Number(element.dataset.last), element }));
    const place = this.blocks.find((block) => block.first <= id && id <= block.last);
    if (!place) return null;
    if (this.last.key !== place.first) {
      this.last = { key: place.first, block: await unpack(place.element.textContent) };
    }
    return this.last.block;
  }
}

// The replies stand behind the script, so that the overview need not wait for them.
function wholePage() {
  if (document.readyState !== 'loading') return Promise.resolve();
  return new Promise((done) => document.addEventListener('DOMContentLoaded', done, { once: true }));
}
