// Work that waits for processes, shared out between two workers: smaller machines than two cores run no tests.

/** Does the work for every item, and gives back all its complaints; what is thrown is one as well. */
export async function twoAtATime<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<readonly string[]>,
): Promise<string[]> {
  const waiting = items.values();
  const complaints: string[] = [];
  const worker = async (): Promise<void> => {
    for (const item of waiting) {
      const found = await work(item).catch((error: unknown) => [String(error)]);
      complaints.push(...found);
    }
  };
  await Promise.all([worker(), worker()]);
  return complaints;
}
