// Stands in for formdata-polyfill in node-fetch: we only ask, and send no forms.

import Absent, { blobFrom as absent } from './fetch-blob.ts';

export { Absent as FormData, absent as formDataToBlob };
