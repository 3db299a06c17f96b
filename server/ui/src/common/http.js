const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const plainFetch = window.fetch.bind(window);

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content || '';

/** Fetch that carries the CSRF header on every changing request to our own origin. */
export function safeFetch(resource, options = {}) {
  const method = (options.method || (resource instanceof Request ? resource.method : 'GET')).toUpperCase();
  const address = new URL(resource instanceof Request ? resource.url : resource, document.baseURI);

  if (SAFE.has(method) || address.origin !== window.location.origin) {
    return plainFetch(resource, options);
  }

  const headers = new Headers(options.headers || (resource instanceof Request ? resource.headers : undefined));
  headers.set('X-CSRFToken', csrfToken());

  return plainFetch(resource, { credentials: 'same-origin', ...options, headers });
}

/** A refusal: the status (0: no answer at all) and the problem document the server sent with it. */
export class Refusal extends Error {
  constructor(status, problem = {}) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

async function readBody(response) {
  const type = response.headers.get('content-type') || '';

  return /json/.test(type) ? response.json().catch(() => ({})) : null;
}

/** Send JSON and give the JSON answer; throws Refusal for anything else. */
export async function sendJson(method, address, body, { headers = {}, ...options } = {}) {
  let response;

  try {
    response = await safeFetch(address, {
      method,
      ...options,
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    throw new Refusal(0, { detail: error.message });
  }

  const answer = response.status === 204 ? {} : await readBody(response);

  // A session that has ended answers with the sign-in page instead of JSON.
  if (answer === null) {
    throw new Refusal(response.ok ? 401 : response.status);
  }

  if (!response.ok) {
    throw new Refusal(response.status, answer);
  }

  return answer;
}

/** Upload a file with progress; fetch cannot report it. */
export function upload(address, fields, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();

    Object.entries(fields).forEach(([name, value]) => form.append(name, value));
    request.open('POST', address);
    request.setRequestHeader('X-CSRFToken', csrfToken());
    request.setRequestHeader('Accept', 'application/json');
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (lengthComputable) {
        onProgress(Math.round((loaded / total) * 100));
      }
    };
    request.onerror = () => reject(new Refusal(0));
    request.onload = () => {
      let answer = null;

      try {
        answer = JSON.parse(request.responseText);
      } catch {
        answer = null;
      }

      if (request.status >= 200 && request.status < 300 && answer) {
        resolve(answer);
      } else {
        reject(new Refusal(request.status === 200 ? 401 : request.status, answer || {}));
      }
    };
    request.send(form);
  });
}
