// A list of any length: only the rows in sight exist. Browsers cannot scroll over more than some 30
// million pixels; beyond kTallest, the place scrolled to stands for a share of the list.

const kRowHeight = 30;
const kTallest = 12000000;

class List {
  // `drawRow(index)` gives a row's cells; `open(index)` is what Enter and a click do.
  constructor(length, drawRow, open) {
    this.length = length;
    this.drawRow = drawRow;
    this.open = open;
    this.selected = 0;
    this.spacer = el('div', { class: 'spacer' });
    this.rows = el('div', { class: 'rows' });
    this.element = el('div', { class: 'list', tabindex: '0', onscroll: () => this.draw() },
      this.spacer, this.rows);
    this.height = Math.min(kTallest, length * kRowHeight);
    this.spacer.style.height = `${this.height}px`;
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.element);
  }

  get inSight() { return Math.ceil(this.element.clientHeight / kRowHeight); }

  // The first row in sight.
  get top() {
    const room = this.height - this.element.clientHeight;
    if (this.height < kTallest || room <= 0) return Math.floor(this.element.scrollTop / kRowHeight);
    return Math.floor((this.element.scrollTop / room) * (this.length - this.inSight + 1));
  }

  scrollTo(row) {
    const room = this.height - this.element.clientHeight;
    this.element.scrollTop = this.height < kTallest ? row * kRowHeight
      : (row / Math.max(1, this.length - this.inSight + 1)) * room;
  }

  draw() {
    const top = Math.max(0, Math.min(this.top, this.length - 1));
    const end = Math.min(this.length, top + this.inSight + 1);
    const offset = this.height < kTallest ? top * kRowHeight : this.element.scrollTop;
    this.rows.style.transform = `translateY(${offset}px)`;
    const drawn = [];
    for (let i = top; i < end; ++i) {
      drawn.push(el('div', { class: `row${i === this.selected ? ' selected' : ''}`,
        onclick: (event) => { if (!event.target.closest('a')) this.choose(i); } }, this.drawRow(i)));
    }
    this.rows.replaceChildren(...drawn);
  }

  choose(index) {
    this.selected = index;
    this.open(index);
  }

  move(step) {
    if (this.length === 0) return;
    this.selected = Math.max(0, Math.min(this.length - 1, this.selected + step));
    const top = this.top;
    if (this.selected < top) this.scrollTo(this.selected);
    else if (this.selected >= top + this.inSight - 1) {
      this.scrollTo(this.selected - this.inSight + 2);
    }
    this.draw();
  }
}
