// Loaded before Portkey. Its streamed answers fail ("immutable") with the newest @hono/node-server its package allows,
// which no longer copies the headers of a fetched response. Copying them here costs it a few microseconds a stream.
const {fetch: nativeFetch, Response: NativeResponse} = globalThis;
globalThis.fetch = async (...request) => {
  const response = await nativeFetch(...request);
  const streams = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  return streams ? new NativeResponse(response.body, response) : response;
};
