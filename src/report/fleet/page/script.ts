// What the page can do besides being read: sort and filter its tables, copy a command. It is whole without.

export const pageScript = `
'use strict';
(() => {
  const order = new Intl.Collator('en', { numeric: true });
  const keyOf = (row, column) => { const cell = row.cells[column]; return cell ? cell.dataset.k || cell.textContent : ''; };
  for (const table of document.querySelectorAll('table[data-sorts]')) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const falls = head.getAttribute('aria-sort') === 'ascending';
        for (const one of heads) one.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', falls ? 'descending' : 'ascending');
        const keyed = [...body.rows].map((row) => [keyOf(row, column), row]);
        keyed.sort(([a], [b]) => (falls ? order.compare(b, a) : order.compare(a, b)));
        body.replaceChildren(...keyed.map(([, row]) => row));
      });
    });
  }
  for (const filter of document.querySelectorAll('.filter')) {
    const input = filter.querySelector('input');
    const told = filter.querySelector('output');
    const body = document.getElementById(input.getAttribute('aria-controls')).tBodies[0];
    let texts;
    let waiting = 0;
    const apply = () => {
      texts ||= new Map([...body.rows].map((row) => [row, row.textContent.toLowerCase()]));
      const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
      let shown = 0;
      for (const [row, text] of texts) {
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) shown += 1;
      }
      told.textContent = words.length ? shown + ' of ' + texts.size : '';
    };
    input.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
    filter.hidden = false;
  }
  for (const command of document.querySelectorAll('.cmd')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.addEventListener('click', () => {
      const text = command.querySelector('code');
      const select = () => getSelection().selectAllChildren(text);
      const done = () => { button.textContent = 'Copied'; setTimeout(() => { button.textContent = 'Copy'; }, 1500); };
      try { navigator.clipboard.writeText(text.textContent).then(done, select); } catch { select(); }
    });
    command.append(button);
  }
})();
`;
