// diagram-js has no touch gestures: one finger pans, two fingers zoom.
const distance = ([first, second]) => Math.hypot(first.x - second.x, first.y - second.y);
const middle = ([first, second]) => ({ x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 });

/** Let fingers move a diagram; the page scrolls when the diagram is not touched. */
export function touchable(container, canvas) {
  const fingers = new Map();
  let last = null;

  const read = () => {
    const points = [...fingers.values()];

    return points.length === 2 ? { ...middle(points), spread: distance(points) } : { ...points[0], spread: 0 };
  };

  container.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch') {
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      last = read();
    }
  });
  container.addEventListener('pointermove', (event) => {
    if (!fingers.has(event.pointerId)) {
      return;
    }

    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });

    const now = read();

    canvas.scroll({ dx: now.x - last.x, dy: now.y - last.y });

    if (now.spread && last.spread) {
      const box = container.getBoundingClientRect();
      const zoom = Math.min(4, Math.max(0.2, canvas.zoom() * (now.spread / last.spread)));
      canvas.zoom(zoom, { x: now.x - box.left, y: now.y - box.top });
    }

    last = now;
  });
  ['pointerup', 'pointercancel', 'pointerleave'].forEach((name) => container.addEventListener(name, (event) => {
    fingers.delete(event.pointerId);
    last = fingers.size > 0 ? read() : null;
  }));
}
