<?php
// Prints what the library makes of each of the privacy vectors, as JSON. Run by ../privacy.test.ts.
require __DIR__ . '/../../php/mayday.php';

function result(array $vector)
{
    $secrets = new MaydaySecrets($vector['more'] ?? []);
    $as = $vector['as'] ?? 'value';
    if ($as === 'cookies') {
        return array_map([$secrets, 'hidden'], $vector['in']);
    }
    if ($as !== 'value') {
        return $secrets->text($vector['in'], $as);
    }
    $class = new ReflectionClass('Mayday');
    $client = $class->newInstanceWithoutConstructor();
    $property = $class->getProperty('secrets');
    $property->setAccessible(true);
    $property->setValue($client, $secrets);
    $clean = $class->getMethod('clean');
    $clean->setAccessible(true);
    return $clean->invoke($client, $vector['in']);
}

echo json_encode(array_map('result', json_decode(file_get_contents($argv[1]), true)), JSON_UNESCAPED_SLASHES);
