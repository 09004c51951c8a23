// Stands in for fetch-blob in node-fetch: we only ask, and send no files.
//
// With formdata-polyfill it would be two thirds of node-fetch's text, and load Node's web streams.

function absent(): never {
  throw new Error('requests with a body are not part of this bundle');
}

// oxlint-disable-next-line typescript/no-extraneous-class -- nothing is one of these: node-fetch's tests for them say no
class Absent {
  constructor() {
    absent();
  }
}

export {
  Absent as default,
  Absent as Blob,
  Absent as File,
  absent as blobFrom,
  absent as blobFromSync,
  absent as fileFrom,
  absent as fileFromSync,
};
