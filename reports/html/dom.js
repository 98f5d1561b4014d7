// Elements and figures. Nothing here takes HTML: whatever is in a text, it stays a text.

const kSvg = 'http://www.w3.org/2000/svg';

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(3).filter((child) =>
    child !== null && child !== undefined && child !== false));
  return element;
}

function el(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(kSvg, tag), properties, children);
}

function percent(share, digits = 1) {
  return share === null || share === undefined ? '–' : (100 * share).toFixed(digits);
}

// Coverage is never rounded up to 100.
function coveragePercent(share) {
  const text = percent(share);
  return share < 1 && text === '100.0' ? '>99.9' : text;
}

function count(number) {
  return number === null || number === undefined ? '–' : number.toLocaleString('en-US');
}

function shortCount(number) {
  if (number < 1000) return String(Math.round(number));
  const thousands = number / 1000;
  return (thousands < 10 ? thousands.toFixed(1) : String(Math.round(thousands))) + 'k';
}

function seconds(milliseconds) {
  return (milliseconds / 1000).toFixed(milliseconds < 10000 ? 2 : 1) + ' s';
}

// A table whose first row is its head. Cells are texts or elements; `numeric` says which columns
// are figures.
function table(rows, numeric = () => true) {
  const cell = (tag) => (content, column) =>
    el(tag, { class: column > 0 && numeric(column) ? 'figure' : null }, content);
  const [head, ...body] = rows;
  return el('div', { class: 'wide' }, el('table', {},
    el('thead', {}, el('tr', {}, head.map(cell('th')))),
    el('tbody', {}, body.map((row) => el('tr', {}, row.map(cell('td')))))));
}
