package servers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// kafkaTools are the broker's own commands that a person needs to mend topics and groups, by the name of their script.
var kafkaTools = map[string]string{
	"kafka-configs.sh":          "kafka.admin.ConfigCommand",
	"kafka-topics.sh":           "org.apache.kafka.tools.TopicCommand",
	"kafka-consumer-groups.sh":  "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
	"kafka-delete-records.sh":   "org.apache.kafka.tools.DeleteRecordsCommand",
	"kafka-acls.sh":             "org.apache.kafka.tools.AclCommand",
	"kafka-console-consumer.sh": "org.apache.kafka.tools.consumer.ConsoleConsumer",
	"kafka-console-producer.sh": "org.apache.kafka.tools.ConsoleProducer",
}

// KafkaTools writes the scripts of Kafka's own commands into a folder: its jars come without them.
func KafkaTools(ctx context.Context, dir string) error {
	jars, err := kafkaJars(ctx)
	if err != nil {
		return err
	}
	java, err := program(ctx, "java", "default-jre-headless")
	if err != nil {
		return err
	}
	for name, class := range kafkaTools {
		script := fmt.Sprintf("#!/bin/sh\nexec %q -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -Djava.net.preferIPv4Stack=true -cp %q %s \"$@\"\n",
			java, filepath.Join(jars, "*"), class)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			return err
		}
	}
	return nil
}
