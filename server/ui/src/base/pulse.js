// How much waits and is unread, asked every twenty seconds while the page is looked at; 304 while nothing has changed.
const EVERY = 20000;
const marks = document.querySelectorAll('[data-pulse]');
let tag = '';

async function ask() {
  if (document.hidden) {
    return;
  }

  try {
    const answer = await fetch('/api/v1/pulse', { headers: { Accept: 'application/json', ...(tag && { 'If-None-Match': tag }) } });

    if (answer.status === 200) {
      tag = answer.headers.get('ETag') || '';
      show(await answer.json());
    }
  } catch {
    // the network is away: the next turn asks again
  }
}

function show(counts) {
  marks.forEach((mark) => {
    const count = counts[mark.dataset.pulse];

    mark.textContent = count < 1000 ? String(count) : '1000+';
    mark.hidden = !count;
  });
}

if (marks.length) {
  window.setInterval(ask, EVERY);
  document.addEventListener('visibilitychange', ask);
}
