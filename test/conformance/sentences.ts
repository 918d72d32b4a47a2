// What the five specifications say, sentence by sentence, in our own words, with the lines where it stands there. Which test holds a
// sentence is said at the test, in a comment `// Holds: <id>, <id>` above it; docs/conformance.md is made from both (scripts/conformance.ts).

/** One sentence of a specification. */
export interface Sentence {
  readonly id: string;
  /** Lines of the document, counted from 1. */
  readonly lines: readonly [from: number, to: number];
  readonly says: string;
  /** Why no test can hold it; absent where one does. */
  readonly because?: string;
}

/** One document. */
export interface Specification {
  readonly title: string;
  readonly file: string;
  /** Lines that promise nothing: titles, history, links. */
  readonly noPromise: readonly (readonly [from: number, to: number])[];
  readonly sentences: readonly Sentence[];
}

export const SPECIFICATIONS: readonly Specification[] = [
  {
    title: 'Jami: crash report submission server',
    file: 'jami-crash-report-servers.md',
    noPromise: [
      [1, 4],
      [9, 10],
      [38, 39],
    ],
    sentences: [
      {
        id: 'jami-submit',
        lines: [5, 5],
        says: 'A server takes reports by POST on /submit, on port 8080, and stores them',
      },
      {
        id: 'jami-access',
        lines: [7, 7],
        says: 'Another server, on port 8081, shows the reports as pages of a list',
      },
      { id: 'jami-start', lines: [11, 26], says: 'One command starts the submit server' },
      { id: 'jami-start-access', lines: [28, 32], says: 'One command starts the access server' },
      { id: 'jami-private', lines: [34, 34], says: 'The access server should not be reachable by everybody' },
      { id: 'jami-apart', lines: [36, 36], says: 'Both run on one machine or apart, each with --debug' },
      { id: 'jami-metadata', lines: [40, 49], says: 'A report has a JSON object with its basic metadata' },
      {
        id: 'jami-fields',
        lines: [51, 51],
        says: 'build_id, client_sha, guid, jamicore_sha and platform mean what they say',
      },
    ],
  },
  {
    title: 'Jami: servers in containers',
    file: 'jami-crash-report-servers-docker.md',
    noPromise: [
      [1, 4],
      [11, 20],
      [45, 46],
      [54, 55],
      [73, 74],
      [88, 89],
      [93, 94],
      [113, 114],
    ],
    sentences: [
      {
        id: 'docker-two',
        lines: [5, 9],
        says: 'Two servers: 8080 takes and stores, 8081 is a page to view reports',
      },
      {
        id: 'docker-env',
        lines: [21, 32],
        says: '.env has CRASH_REPORTS_DIR, both ports, and MAX_REPORTS_SIZE_MB',
      },
      {
        id: 'docker-folder',
        lines: [34, 43],
        says: 'The folder of the reports is one of the host, made beforehand if one likes; Windows paths are written with slashes',
      },
      { id: 'docker-up', lines: [47, 52], says: 'docker-compose up -d, and logs -f to follow' },
      { id: 'docker-manage', lines: [56, 71], says: 'Logs of submit and reports apart, down, build' },
      {
        id: 'docker-local',
        lines: [75, 86],
        says: 'Without containers each server starts by a command, with --debug',
      },
      { id: 'docker-addresses', lines: [90, 91], says: 'The addresses are :8080/submit and :8081' },
      { id: 'docker-metadata', lines: [95, 111], says: 'The metadata of a report are the five fields' },
      { id: 'docker-mounted', lines: [115, 116], says: 'Both containers have the folder' },
      { id: 'docker-created', lines: [117, 117], says: 'The folder is made where it is missing' },
      { id: 'docker-limit', lines: [118, 118], says: 'MAX_REPORTS_SIZE_MB bounds it' },
      { id: 'docker-prune', lines: [119, 119], says: 'The oldest reports go first when it is full' },
      {
        id: 'docker-private',
        lines: [121, 121],
        says: 'The access server should not be reachable by everybody',
      },
    ],
  },
  {
    title: 'Syncthing: crash reporting',
    file: 'syncthing-crash-reporting.rst',
    noPromise: [
      [1, 8],
      [26, 28],
      [63, 65],
    ],
    sentences: [
      {
        id: 'monitor',
        lines: [9, 13],
        says: 'A monitor reads the output of the program, starts it again, and reports its crashes',
      },
      {
        id: 'no-monitor',
        lines: [15, 17],
        says: 'With --no-restart or the variable there is no monitor and no report',
      },
      {
        id: 'panic-file',
        lines: [19, 24],
        says: 'A crash becomes panic-<time>.log, is uploaded, renamed .reported.log, and deleted when it is old',
      },
      {
        id: 'report-id',
        lines: [29, 31],
        says: 'A report is UTF-8 text whose id is the SHA-256 of the whole',
      },
      {
        id: 'version-line',
        lines: [33, 37],
        says: 'One line holds the version; time and level before it do not count',
      },
      { id: 'free-lines', lines: [39, 42], says: 'Any lines for people may follow' },
      { id: 'panic-at', lines: [44, 45], says: 'A line Panic at with a time follows' },
      { id: 'backtrace', lines: [47, 61], says: 'Then what the Go runtime printed' },
      {
        id: 'three-things',
        lines: [66, 70],
        says: 'An upload needs the text, its hash and the base address',
      },
      { id: 'report-url', lines: [72, 75], says: 'The address is the base address and the id' },
      { id: 'head', lines: [77, 79], says: 'HEAD answers 200 where the report is there' },
      { id: 'put', lines: [81, 83], says: 'Else PUT brings the report' },
    ],
  },
  {
    title: 'Socorro: submitting crash reports',
    file: 'socorro-crash-report-spec.rst',
    noPromise: [
      [1, 13],
      [24, 39],
      [40, 42],
      [47, 51],
      [73, 75],
      [83, 85],
      [103, 105],
      [120, 122],
      [149, 158],
      [201, 203],
      [333, 335],
      [387, 389],
      [400, 407],
    ],
    sentences: [
      {
        id: 'breakpad-tool',
        lines: [14, 20],
        says: 'Requests and answers for sending crash reports, also those of other clients',
      },
      { id: 'post', lines: [43, 44], says: 'Reports are sent by POST' },
      {
        id: 'content-type',
        lines: [52, 56],
        says: 'Content-Type is multipart/form-data or multipart/mixed, with a boundary',
      },
      { id: 'content-length', lines: [58, 61], says: 'Content-Length is set' },
      { id: 'content-encoding', lines: [63, 70], says: 'Content-Encoding says gzip where the body is' },
      {
        id: 'body',
        lines: [76, 80],
        says: 'The body holds annotations and dumps, compressed where the header says so',
      },
      { id: 'fields', lines: [86, 92], says: 'Each field of the multipart body is an annotation or binary' },
      { id: 'two-ways', lines: [94, 100], says: 'Annotations are pairs, or one JSON value, and never both' },
      { id: 'kv-disposition', lines: [106, 106], says: 'A pair has the disposition form-data' },
      { id: 'kv-name', lines: [108, 109], says: 'It has a name' },
      { id: 'kv-value', lines: [111, 117], says: 'Its value is a text' },
      { id: 'extra-name', lines: [123, 126], says: 'The JSON value is the field extra' },
      { id: 'extra-type', lines: [128, 128], says: 'It has the type application/json' },
      {
        id: 'extra-object',
        lines: [130, 137],
        says: 'It is an object of texts; objects within are JSON texts',
      },
      { id: 'extra-once', lines: [139, 147], says: 'There is only one' },
      { id: 'dump-disposition', lines: [159, 159], says: 'A dump has the disposition form-data' },
      {
        id: 'dump-name',
        lines: [161, 171],
        says: 'It has a name, such as memory_report or upload_file_minidump_browser',
      },
      { id: 'dump-filename', lines: [173, 177], says: 'It may have a file name' },
      { id: 'dump-type', lines: [179, 179], says: 'Its type is application/octet-stream' },
      { id: 'dump-value', lines: [181, 189], says: 'Its value is binary' },
      {
        id: 'dump-crashing',
        lines: [191, 199],
        says: 'upload_file_minidump is the dump of the process that crashed',
      },
      { id: 'throttles', lines: [204, 205], says: 'The collector throttles and tells the client' },
      { id: 'accepted', lines: [207, 219], says: 'Accepted: 200 and CrashID=' },
      {
        id: 'accepted-odd',
        lines: [222, 227],
        says: 'A report may be odd and accepted; the processor mends null values and notes what it mended',
      },
      { id: 'rejected', lines: [230, 239], says: 'Rejected: 200 and Discarded=rule_<name>' },
      {
        id: 'rejection-rules',
        lines: [241, 255],
        says: 'Rules are the throttler’s and change; some are samples, so that the same report may pass later',
      },
      { id: 'malformed', lines: [258, 269], says: 'Malformed: 400 and Discarded=<reason>' },
      { id: 'no-content-type', lines: [271, 272], says: 'no_content_type: no Content-Type' },
      { id: 'wrong-content-type', lines: [274, 276], says: 'wrong_content_type: another Content-Type' },
      { id: 'no-boundary', lines: [278, 280], says: 'no_boundary: no boundary' },
      { id: 'bad-gzip', lines: [282, 284], says: 'bad_gzip: a body that is not what its encoding says' },
      { id: 'no-annotations', lines: [286, 287], says: 'no_annotations: no annotations' },
      { id: 'has-json-and-kv', lines: [289, 292], says: 'has_json_and_kv: both kinds of annotations' },
      {
        id: 'not-again',
        lines: [295, 296],
        says: 'The client should not send a malformed report again',
        because: 'is about clients; the status tells them',
      },
      { id: 'too-large', lines: [298, 301], says: '413 for a body that is too large' },
      { id: '500', lines: [304, 313], says: '500 is an error of the server, which may pass' },
      {
        id: '502',
        lines: [315, 322],
        says: '502 is an error of a gateway, which may pass',
        because: 'is what a proxy answers; deploy/ has the settings under which none of ours does',
      },
      { id: '503', lines: [324, 330], says: '503 says that the service is not there now; try again later' },
      { id: 'example-kv', lines: [336, 362], says: 'An example with pairs' },
      { id: 'example-json', lines: [365, 384], says: 'An example with the JSON value' },
      {
        id: 'breakpad-lacks',
        lines: [390, 397],
        says: 'Breakpad’s own tool knows no crash ids, no rejections and no JSON value',
      },
      { id: 'debug-404', lines: [408, 411], says: '404 says that the address is wrong' },
      { id: 'debug-413', lines: [413, 417], says: '413: compress, or send less' },
      {
        id: 'debug-rejection',
        lines: [419, 426],
        says: 'The body of a rejection names the rule, which can be looked up',
      },
      { id: 'debug-500', lines: [428, 430], says: '500: tell the operators', because: 'is about people' },
      { id: 'debug-dumps', lines: [432, 439], says: 'A debug tab lists all dumps that were sent' },
      {
        id: 'debug-keys',
        lines: [441, 445],
        says: 'The names of all dumps and annotations can be seen, and stand in crash_report_keys',
      },
      {
        id: 'debug-protected',
        lines: [447, 454],
        says: 'A new annotation is protected data until it is named public',
      },
      {
        id: 'debug-questions',
        lines: [456, 466],
        says: 'What the answer was, and whether the processor has notes',
      },
    ],
  },
  {
    title: 'CrashKit: APIs',
    file: 'crashkit-api.md',
    noPromise: [
      [1, 3],
      [12, 14],
      [42, 49],
      [84, 87],
      [178, 182],
      [201, 202],
      [326, 328],
    ],
    sentences: [
      { id: 'ck-hosted', lines: [4, 9], says: 'Programs report unhandled exceptions over a JSON API' },
      {
        id: 'ck-languages',
        lines: [15, 40],
        says: 'Client libraries of one file for Java, PHP, Python and JavaScript; C# and Ruby planned',
      },
      { id: 'ck-urlencoded', lines: [50, 52], says: 'Answers are url-encoded' },
      { id: 'ck-post', lines: [54, 61], says: 'post-report/0/0 takes a payload and answers response=ok' },
      { id: 'ck-client-id', lines: [63, 71], says: 'obtain-client-id gives an id and a cookie' },
      { id: 'ck-post-id', lines: [73, 75], says: 'Reports are posted under them' },
      { id: 'ck-last-report', lines: [77, 81], says: 'For the account test the last report can be fetched' },
      { id: 'ck-example', lines: [86, 141], says: 'An example payload' },
      {
        id: 'ck-array',
        lines: [142, 144],
        says: 'The payload is an array of occurrences; data varies with each',
      },
      {
        id: 'ck-prefixes',
        lines: [146, 147],
        says: 'data.G_, P_, C_, S_ are GET, POST, cookie and session variables',
      },
      { id: 'ck-env', lines: [149, 150], says: 'env is the surroundings; many keys are special' },
      { id: 'ck-exceptions', lines: [152, 154], says: 'exceptions is the stack, with its causes' },
      { id: 'ck-name', lines: [156, 159], says: 'The name of an exception groups' },
      { id: 'ck-message', lines: [161, 161], says: 'The message does not' },
      { id: 'ck-location', lines: [163, 171], says: 'A location has file, line, method, class and package' },
      {
        id: 'ck-claimed',
        lines: [173, 175],
        says: 'claimed says what is the program’s own; the first such location groups',
      },
      { id: 'ck1-post', lines: [183, 185], says: 'The 1.0 API takes payloads at …/reports' },
      { id: 'ck1-unparsed', lines: [187, 189], says: 'without parsing them, unless debug=1 asks for it' },
      {
        id: 'ck1-strict',
        lines: [191, 191],
        says: 'debug=1 reports every problem, and takes no invalid report',
      },
      { id: 'ck1-token', lines: [193, 195], says: 'A test token can be passed' },
      { id: 'ck1-latest', lines: [197, 199], says: 'latest-report gives the reports with a token' },
      {
        id: 'ck1-categories',
        lines: [203, 212],
        says: 'Data are of host, environment, user, account, version, configuration, request, or vary',
      },
      { id: 'ck1-host', lines: [215, 219], says: 'host.id names the installation; host.* is kept' },
      {
        id: 'ck1-user-id',
        lines: [222, 224],
        says: 'user.id names the user; one that begins with anonymous is special',
      },
      { id: 'ck1-user-tags', lines: [225, 225], says: 'user.tags are grouped on' },
      { id: 'ck1-user-rest', lines: [226, 229], says: 'user.name, email, url and others are kept' },
      { id: 'ck1-account', lines: [233, 236], says: 'account.id and name are kept' },
      { id: 'ck1-account-tags', lines: [237, 237], says: 'account.tags are grouped on' },
      { id: 'ck1-account-rest', lines: [238, 239], says: 'account.url and others are kept' },
      { id: 'ck1-version', lines: [242, 247], says: 'version.number, revision, build and edition' },
      { id: 'ck1-configuration', lines: [250, 252], says: 'configuration.* is anything' },
      {
        id: 'ck1-request',
        lines: [255, 257],
        says: 'request.G_ and data.P_, C_, S_ are variables of the request',
      },
      { id: 'ck1-env', lines: [259, 260], says: 'env as in the current API' },
      { id: 'ck1-stacktrace', lines: [262, 264], says: 'stacktrace is the stack, with its causes' },
      { id: 'ck1-kind', lines: [266, 269], says: 'kind groups' },
      { id: 'ck1-message', lines: [271, 271], says: 'message does not' },
      { id: 'ck1-data', lines: [273, 273], says: 'data.* of an exception are shown' },
      { id: 'ck1-file', lines: [275, 277], says: 'absolute_file, or absolute_url' },
      {
        id: 'ck1-package',
        lines: [279, 281],
        says: 'package and module do not depend on where the program is installed',
      },
      { id: 'ck1-place', lines: [283, 287], says: 'line (0: unknown), method, class' },
      { id: 'ck1-locals', lines: [289, 289], says: 'locals.* are kept' },
      { id: 'ck1-source', lines: [291, 291], says: 'source is an odd number of lines around the line' },
      {
        id: 'ck1-ownership',
        lines: [293, 293],
        says: 'ownership: the first matching entry wins; what none matches is not the application’s',
      },
      { id: 'ck1-paths', lines: [295, 297], says: 'paths, application or external' },
      { id: 'ck1-packages', lines: [299, 301], says: 'packages likewise' },
      { id: 'ck1-modules', lines: [303, 305], says: 'modules likewise' },
      {
        id: 'ck1-variables',
        lines: [308, 310],
        says: 'environment.variables: CGI variables are interpreted',
      },
      {
        id: 'ck1-server-side',
        lines: [313, 323],
        says: 'What the server can do the client need not; past reports can be processed again',
      },
      {
        id: 'ck-own-tests',
        lines: [329, 350],
        says: 'How to run the old test suite',
        because:
          'is about the test suite of the original server, which is not public; its requests are captured and replayed',
      },
    ],
  },
];
