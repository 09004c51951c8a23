// Stands in for the packages by which node-fetch sends files and forms: we only ask, and bring no body.
//
// They would be two thirds of its text, and load Node's web streams.

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
  Absent as FormData,
  absent as blobFrom,
  absent as blobFromSync,
  absent as fileFrom,
  absent as fileFromSync,
  absent as formDataToBlob,
};
