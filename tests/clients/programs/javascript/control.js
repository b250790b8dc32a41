/**
 * Send a request to the control API of the fake registry at a URL, and return the document of the answer, if any.
 *
 * @param {string} method
 * @param {string} url
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export async function control(method, url, body) {
  const options = body && {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(url, { method, ...options });
  if (!response.ok) {
    throw new Error(`${method} ${url}: status ${response.status}: ${await response.text()}`);
  }
  return response.status === 204 ? undefined : response.json();
}
