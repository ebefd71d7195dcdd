const LARGEST_PAGE = 1_000;

/** Reads pages until there are enough rows. The token is empty unless more follow. */
export async function readPages<Row>(
  limit: number,
  read: (page: {pageSize: number; pageToken: string}) => Promise<{rows: Row[]; nextPageToken: string}>,
): Promise<{rows: Row[]; nextPageToken: string}> {
  const all: Row[] = [];
  let pageToken = '';
  do {
    const page = await read({pageSize: Math.min(limit - all.length, LARGEST_PAGE), pageToken});
    all.push(...page.rows);
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && all.length < limit);
  return {rows: all, nextPageToken: pageToken};
}
