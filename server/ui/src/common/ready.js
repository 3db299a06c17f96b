// Tells the outside (tests, print) when a page has finished loading: body[data-ready].
const pending = new Set();
let parsed = document.readyState === 'complete';

function settle() {
  if (parsed && pending.size === 0) {
    document.body.dataset.ready = 'true';
  }
}

/** Announce work that belongs to loading the page; call the answer when it is done. */
export function loading(name) {
  const token = { name };
  pending.add(token);

  return () => {
    pending.delete(token);
    settle();
  };
}

document.addEventListener('DOMContentLoaded', () => {
  parsed = true;
  settle();
});
