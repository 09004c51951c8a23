// Stands in for minizlib in tar's parser, which is given what is inflated already. It would load Node's assert.

function absent(): never {
  throw new Error('compressed archives are inflated before they are parsed');
}

export { absent as BrotliDecompress, absent as Unzip, absent as ZstdDecompress };
