// Stands in for node:https in node-fetch, and loads it with the first request over TLS: it costs as much as all of Node's
// start over again.

import type https from 'node:https';

export default {
  get request(): typeof https.request {
    return (require('node:https') as typeof https).request;
  },
};
